# Real trees, listed: what lies below folders, and what the kernel's overlayfs shows of stacks of layers.
#
# Takes: on standard input a JSON list, by the first argument of folders (`list`), of stacks whose layers somebody has
# unpacked (`stacked`: {folder, lowers}, the topmost first), or of stacks that are unpacked here (`overlay`: {folder, layers},
# each {tar, parents, whiteouts, opaques} with paths in hex). Gives: a line of JSON for each, of entries with everything in hex
# that need not be text; or {"error": words} where a stack could not be made.

import ctypes
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile

libc = ctypes.CDLL(None, use_errno=True)
TYPES = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "directory",
    stat.S_IFLNK: "symlink",
    stat.S_IFCHR: "char",
    stat.S_IFBLK: "block",
    stat.S_IFIFO: "fifo",
}


def entry(path, name):
    """What lstat and its kin tell of a path."""
    info = os.lstat(path)
    kind = TYPES[stat.S_IFMT(info.st_mode)]
    row = {
        "path": name.hex(),
        "type": kind,
        "mode": stat.S_IMODE(info.st_mode),
        "uid": info.st_uid,
        "gid": info.st_gid,
        "mtime": str(info.st_mtime_ns),
        "inode": info.st_ino,
        "xattrs": {
            key: os.getxattr(path, key, follow_symlinks=False).hex()
            for key in os.listxattr(path, follow_symlinks=False)
            if not key.startswith(("trusted.", "security.selinux"))
        },
    }
    if kind == "file":
        with open(path, "rb") as opened:
            row["content"] = opened.read().hex()
    if kind == "symlink":
        row["link"] = os.readlink(path).hex()
    if kind in ("char", "block"):
        row["device"] = [os.major(info.st_rdev), os.minor(info.st_rdev)]
    return row


def entries(root):
    """Everything below a folder, the folder itself left out."""
    root = os.fsencode(root)
    rows = []
    todo = [b""]
    while todo:
        folder = todo.pop()
        for name in os.listdir(os.path.join(root, folder)):
            inner = os.path.join(folder, name)
            # Of a directory that one layer alone has, overlayfs lists whiteouts too, and finds nothing there.
            if not os.path.lexists(os.path.join(root, inner)):
                continue
            row = entry(os.path.join(root, inner), inner)
            rows.append(row)
            if row["type"] == "directory":
                todo.append(inner)
    return rows


def lower_directory(lowers, path):
    """The directory that lower layers, topmost first, have at a path, found as an overlay finds it; None for none."""
    for lower in lowers:
        at = lower
        for name in path.split(b"/"):
            at = os.path.join(at, name)
            if not os.path.lexists(at):
                break
            if os.path.islink(at) or not os.path.isdir(at):
                return None
        else:
            return at
    return None


def copy_attributes(source, target):
    info = os.lstat(source)
    os.chown(target, info.st_uid, info.st_gid)
    os.chmod(target, stat.S_IMODE(info.st_mode))
    for key in os.listxattr(source):
        if not key.startswith("trusted.overlay."):
            os.setxattr(target, key, os.getxattr(source, key))
    os.utime(target, ns=(info.st_atime_ns, info.st_mtime_ns))


def make_layer(upper, layer, lowers):
    """A layer's directory, as containerd makes it: parents like those below, whiteouts in the kernel's own form."""
    os.mkdir(upper)
    parents = [bytes.fromhex(path) for path in layer["parents"]]
    # Those that have entries too are made on the way, and become what their entries say.
    for path in parents:
        os.makedirs(os.path.join(upper, path), exist_ok=True)
    subprocess.run(
        ["tar", "--extract", "--file", layer["tar"], "--directory", os.fsdecode(upper), "--numeric-owner"]
        + ["--preserve-permissions", "--xattrs", "--xattrs-include=user.*", "--warning=none", "--delay-directory-restore"],
        check=True,
        capture_output=True,
    )
    for path in map(bytes.fromhex, layer["whiteouts"]):
        at = os.path.join(upper, path)
        folder = os.lstat(os.path.dirname(at))
        os.mknod(at, stat.S_IFCHR, os.makedev(0, 0))
        os.utime(os.path.dirname(at), ns=(folder.st_atime_ns, folder.st_mtime_ns))
    for path in map(bytes.fromhex, layer["opaques"]):
        os.setxattr(os.path.join(upper, path), "trusted.overlay.opaque", b"y")
    for path in parents:
        below = lower_directory(lowers, path)
        if below is not None:
            copy_attributes(below, os.path.join(upper, path))


def mounted(stack):
    """The entries that an overlay of a stack's layers shows."""
    work = os.fsencode(tempfile.mkdtemp(dir=stack["folder"]))
    try:
        # Overlays of fewer than two layers cannot be mounted: an empty one lies at the bottom.
        lowers = [os.path.join(work, b"empty")]
        os.mkdir(lowers[0])
        for number, layer in enumerate(stack.get("layers", [])):
            upper = os.path.join(work, b"%d" % number)
            make_layer(upper, layer, lowers)
            lowers.insert(0, upper)
        lowers = [os.fsencode(lower) for lower in stack.get("lowers", [])] + lowers
        root = os.path.join(work, b"root")
        os.mkdir(root)
        options = b"lowerdir=" + b":".join(lowers)
        if libc.mount(b"overlay", root, b"overlay", 0, options) != 0:
            raise OSError(ctypes.get_errno(), "mount")
        try:
            return entries(root)
        finally:
            libc.umount2(root, 2)
    finally:
        shutil.rmtree(work)


def told(work, given):
    try:
        return work(given)
    except subprocess.CalledProcessError as error:
        return {"error": error.stderr.decode(errors="replace")}
    except OSError as error:
        return {"error": str(error)}


for given in json.load(sys.stdin):
    print(json.dumps(told(entries if sys.argv[1] == "list" else mounted, given)), flush=True)
