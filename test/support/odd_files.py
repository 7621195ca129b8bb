# Makes the files that tests archive with real tools: every type, and names and attributes at their limits.
#
# Takes: a folder. Gives: three folders in it, by the dialect that can hold them: v7, ustar, and pax (GNU too).

import os
import sys

root = os.fsencode(sys.argv[1])
USER = b"v\x00\xff"


def path(*names):
    at = os.path.join(root, *names)
    os.makedirs(os.path.dirname(at), exist_ok=True)
    return at


def file(*names, content=b"", mode=0o644, owner=(0, 0), mtime_ns=1_700_000_000 * 10**9):
    at = path(*names)
    with open(at, "wb") as opened:
        opened.write(content)
    os.chown(at, *owner)
    os.chmod(at, mode)
    os.utime(at, ns=(mtime_ns, mtime_ns))
    return at


def sparse(*names, size, pieces):
    at = path(*names)
    with open(at, "wb") as opened:
        for offset in pieces:
            opened.seek(offset)
            opened.write(b"data at %d" % offset)
        opened.truncate(size)
    os.utime(at, (1_700_000_000, 1_700_000_000))


file(b"v7", b"empty")
file(b"v7", b"some", content=b"some\n" * 300, mode=0o4755, owner=(1000, 50))
file(b"v7", b"with space", content=b"1")
file(b"v7", b"new\nline", content=b"2")
file(b"v7", b"back\\slash", content=b"3")
file(b"v7", b"caf\xe9 \xff", content=b"4")
file(b"v7", "日本".encode(), content=b"5")
# Whole paths of 99 and 100 bytes.
file(b"v7", b"n" * 96, content=b"99")
file(b"v7", b"n" * 97, content=b"100")
os.mkdir(path(b"v7", b"bare"))
os.mkdir(path(b"v7", b"sticky"))
os.chmod(path(b"v7", b"sticky"), 0o1777)
os.symlink(b"some", path(b"v7", b"link"))
os.symlink(b"/nowhere/\xff", path(b"v7", b"dangling"))
os.link(path(b"v7", b"some"), path(b"v7", b"twin"))

os.mkfifo(path(b"ustar", b"pipe"), 0o640)
os.mknod(path(b"ustar", b"null"), 0o20666, os.makedev(1, 3))
os.mknod(path(b"ustar", b"disk"), 0o60660, os.makedev(8, 255))
# Whole paths of 101, 155 and 156 bytes, split at a slash; and the longest that ustar holds.
file(b"ustar", b"p" * 45, b"n" * 49, content=b"101")
file(b"ustar", b"p" * 70, b"n" * 78, content=b"155")
file(b"ustar", b"p" * 70, b"n" * 79, content=b"156")
file(b"ustar", b"p" * 70, b"q" * 78, b"n" * 100, content=b"256")

file(b"pax", b"n" * 255, content=b"259")
file(b"pax", b"\xff" * 150, content=b"154")
file(b"pax", b"d" * 200, b"e" * 200, b"f" * 200, content=b"605")
os.symlink(b"l" * 101, path(b"pax", b"long link"))
os.symlink(b"/" + b"m/" * 400, path(b"pax", b"longer link"))
os.link(path(b"pax", b"n" * 255), path(b"pax", b"twin of a long name"))
file(b"pax", b"owner", owner=(3_000_000, 2**31 + 5))
file(b"pax", b"before 1970", mtime_ns=-(10**9) * 86400)
file(b"pax", b"before 1970, a part", mtime_ns=-1_500_000_000)
file(b"pax", b"far", mtime_ns=10_413_792_000 * 10**9)
file(b"pax", b"fraction", mtime_ns=1_700_000_000_123_456_789)
tagged = file(b"pax", b"tagged", content=b"x")
os.setxattr(tagged, b"user.k", USER)
os.setxattr(tagged, b"user.empty", b"")
sparse(b"pax", b"sparse", size=3_000_000, pieces=[0, 1_000_000, 2_000_000])
sparse(b"pax", b"many holes", size=9_000_000, pieces=range(0, 8_000_000, 200_000))
sparse(b"pax", b"hole", size=1_000_000, pieces=[])
for folder, _, _ in os.walk(root, topdown=False):
    os.utime(folder, (1_700_000_001, 1_700_000_001))
