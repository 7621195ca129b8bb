# An archive as Python's tarfile reads it (`list FILE`): a line of JSON for each entry, names and links in hex. Or one that it
# writes to standard output (`write FORMAT FOLDER NAME...`).

import json
import os
import sys
import tarfile

FORMATS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}
TYPES = {
    tarfile.DIRTYPE: "directory",
    tarfile.SYMTYPE: "symlink",
    tarfile.LNKTYPE: "hardlink",
    tarfile.CHRTYPE: "char",
    tarfile.BLKTYPE: "block",
    tarfile.FIFOTYPE: "fifo",
}


def text(value):
    return value.encode("utf-8", "surrogateescape").hex()


def row(member):
    kind = TYPES.get(member.type, "file")
    headers = member.pax_headers
    prefix = "SCHILY.xattr."
    return {
        "path": text(member.name),
        "type": kind,
        "mode": member.mode & 0o7777,
        "uid": member.uid,
        "gid": member.gid,
        "size": member.size if kind == "file" else 0,
        "mtime": headers.get("mtime", str(int(member.mtime))),
        "link": text(member.linkname) if kind in ("symlink", "hardlink") else None,
        "device": [member.devmajor, member.devminor] if kind in ("char", "block") else None,
        "xattrs": {key[len(prefix) :]: text(value) for key, value in headers.items() if key.startswith(prefix)},
    }


if sys.argv[1] == "write":
    os.chdir(sys.argv[3])
    # One at a time: tarfile would hold contents of none, and leaves attributes out.
    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=FORMATS[sys.argv[2]]) as archive:
        for name in sys.argv[4:]:
            archive.add(name)
else:
    with tarfile.open(sys.argv[2], "r:") as archive:
        for member in archive:
            print(json.dumps(row(member)))
