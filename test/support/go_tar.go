// An archive as Go's archive/tar reads it, a line of JSON for each entry, names and links in hex; or, after `write FORMAT`,
// one that it writes, with entries at the limits of the format.

package main

import (
	"archive/tar"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

type row struct {
	Path   string            `json:"path"`
	Type   string            `json:"type"`
	Mode   int64             `json:"mode"`
	Uid    int               `json:"uid"`
	Gid    int               `json:"gid"`
	Size   int64             `json:"size"`
	Mtime  string            `json:"mtime"`
	Link   *string           `json:"link"`
	Device []int64           `json:"device"`
	Xattrs map[string]string `json:"xattrs"`
}

var types = map[byte]string{
	tar.TypeDir: "directory", tar.TypeSymlink: "symlink", tar.TypeLink: "hardlink",
	tar.TypeChar: "char", tar.TypeBlock: "block", tar.TypeFifo: "fifo",
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func list(name string) {
	file, err := os.Open(name)
	must(err)
	archive := tar.NewReader(file)
	out := json.NewEncoder(os.Stdout)
	for {
		header, err := archive.Next()
		if err == io.EOF {
			return
		}
		must(err)
		if header.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		kind, known := types[header.Typeflag]
		if !known {
			kind = "file"
		}
		entry := row{
			Path: hex.EncodeToString([]byte(header.Name)), Type: kind, Mode: header.Mode & 07777,
			Uid: header.Uid, Gid: header.Gid, Xattrs: map[string]string{},
			Mtime: fmt.Sprintf("%d %d", header.ModTime.Unix(), header.ModTime.Nanosecond()),
		}
		if kind == "file" {
			entry.Size = header.Size
		}
		if kind == "symlink" || kind == "hardlink" {
			link := hex.EncodeToString([]byte(header.Linkname))
			entry.Link = &link
		}
		if kind == "char" || kind == "block" {
			entry.Device = []int64{header.Devmajor, header.Devminor}
		}
		for key, value := range header.PAXRecords {
			if strings.HasPrefix(key, "SCHILY.xattr.") {
				entry.Xattrs[strings.TrimPrefix(key, "SCHILY.xattr.")] = hex.EncodeToString([]byte(value))
			}
		}
		must(out.Encode(entry))
	}
}

func write(format string) {
	archive := tar.NewWriter(os.Stdout)
	formats := map[string]tar.Format{"ustar": tar.FormatUSTAR, "pax": tar.FormatPAX, "gnu": tar.FormatGNU}
	add := func(header tar.Header, content string) {
		header.Format = formats[format]
		header.Size = int64(len(content))
		if header.ModTime.IsZero() {
			header.ModTime = time.Unix(1700000000, 0)
		}
		must(archive.WriteHeader(&header))
		_, err := archive.Write([]byte(content))
		must(err)
	}
	add(tar.Header{Typeflag: tar.TypeDir, Name: "d/", Mode: 01777}, "")
	add(tar.Header{Typeflag: tar.TypeReg, Name: "d/some", Mode: 06755, Uid: 1000, Gid: 50}, strings.Repeat("some\n", 300))
	add(tar.Header{Typeflag: tar.TypeReg, Name: "new\nline", Mode: 0644}, "")
	add(tar.Header{Typeflag: tar.TypeLink, Name: "twin", Linkname: "d/some", Mode: 06755}, "")
	add(tar.Header{Typeflag: tar.TypeSymlink, Name: "link", Linkname: "/nowhere", Mode: 0777}, "")
	add(tar.Header{Typeflag: tar.TypeFifo, Name: "pipe", Mode: 0640}, "")
	add(tar.Header{Typeflag: tar.TypeChar, Name: "null", Mode: 0666, Devmajor: 1, Devminor: 3}, "")
	add(tar.Header{Typeflag: tar.TypeBlock, Name: "disk", Mode: 0660, Devmajor: 8, Devminor: 255}, "")
	add(tar.Header{Typeflag: tar.TypeReg, Name: strings.Repeat("p", 155) + "/" + strings.Repeat("n", 100), Mode: 0644}, "256")
	if format != "ustar" {
		add(tar.Header{Typeflag: tar.TypeReg, Name: "caf\xe9\xff", Mode: 0644}, "4")
		add(tar.Header{Typeflag: tar.TypeReg, Name: "日本" + strings.Repeat("n", 250), Mode: 0644}, "5")
		add(tar.Header{Typeflag: tar.TypeSymlink, Name: "long link", Linkname: strings.Repeat("l/", 400), Mode: 0777}, "")
		add(tar.Header{Typeflag: tar.TypeReg, Name: "owner", Mode: 0644, Uid: 3000000, Gid: 2147483653}, "")
		add(tar.Header{Typeflag: tar.TypeReg, Name: "before 1970", Mode: 0644, ModTime: time.Unix(-86400, 0)}, "")
		add(tar.Header{Typeflag: tar.TypeReg, Name: "far", Mode: 0644, ModTime: time.Unix(10413792000, 0)}, "")
	}
	if format == "pax" {
		add(tar.Header{Typeflag: tar.TypeReg, Name: "fraction", Mode: 0644, ModTime: time.Unix(-2, 500000001)}, "")
		add(tar.Header{Typeflag: tar.TypeReg, Name: "tagged", Mode: 0644, PAXRecords: map[string]string{
			"SCHILY.xattr.user.k": "v\xff", "SCHILY.xattr.user.ö": "w",
		}}, "x")
	}
	must(archive.Close())
}

func main() {
	if os.Args[1] == "write" {
		write(os.Args[2])
	} else {
		list(os.Args[1])
	}
}
