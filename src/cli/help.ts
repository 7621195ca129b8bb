// What --help says.

const GENERAL = `layerdiff tells what changed between container image layers.

Usage: layerdiff diff OLD NEW [OPTION]...

Examples:
  layerdiff diff old.tar.gz new.tar.gz
  layerdiff diff --before base.tar --after base.tar --after app.tar

Options:
  -h, --help     this text; layerdiff diff --help has the options of diff
      --version  the version
`

const DIFF = `Tells what turns one layer, or stack of layers, into another.

Usage: layerdiff diff OLD NEW [OPTION]...
       layerdiff diff --before FILE... --after FILE... [OPTION]...

OLD, NEW and FILE are layers: tar archives, plain or compressed with gzip or
zstd. A stack is given bottom first, an option for each of its layers.

Examples:
  layerdiff diff old.tar.gz new.tar.gz
  layerdiff diff --before base.tar --after base.tar --after app.tar \\
    --format json -o diff.json

What is compared:
      --before FILE     a layer of the old stack
      --after FILE      a layer of the new stack
      --ignore GLOB     leave paths out; repeat it for more. As in .gitignore:
                        *.pyc anywhere, var/cache with all that is below
      --mtime           modification times count as changes too
      --symlink-parents overlay|follow
                        where a layer writes below a symlink of a lower layer,
                        replace it as a container sees it, or write through it
      --strict          warnings are errors

How it is shown:
      --format FORMAT   text or json
  -o, --output FILE     write the report to a file, whole or not at all
      --all             a line for every path, also where a directory came or
                        went whole
      --color WHEN      auto, always or never
      --exit-code       exit with 1 when there are differences

  -h, --help            this text
      --version         the version

Exit codes: 0 done; 1 differences, with --exit-code; 2 bad usage; 3 a file that
is missing, unreadable, broken or cannot be written; 70 a fault of layerdiff;
130 interrupted.
`

export const HELP = { layerdiff: GENERAL, diff: DIFF } as const
