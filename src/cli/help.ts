// What --help says.

import { CACHE_HELP } from './cache-arguments.js'
import { HISTORY_HELP } from './history-arguments.js'
import { IMAGE_HELP } from './image-options.js'
import { INSPECT_HELP } from './inspect-arguments.js'
import { LAYERS_HELP } from './layers-arguments.js'
import { PULL_HELP } from './pull-arguments.js'
import { SHOW_HELP } from './show-arguments.js'
import { TREE_HELP } from './tree-arguments.js'

const GENERAL = `layerdiff tells what changed between container images and layers.

Usage: layerdiff diff OLD NEW [OPTION]...
       layerdiff inspect IMAGE [OPTION]...
       layerdiff history IMAGE [OPTION]...
       layerdiff layers IMAGE... [OPTION]...
       layerdiff show IMAGE PATH [OPTION]...
       layerdiff tree IMAGE [PATH] [OPTION]...
       layerdiff pull NAME [OPTION]...
       layerdiff name NAME [OPTION]...
       layerdiff cache ls|rm|prune [OPTION]...

Commands:
  diff     what turns one image, layer or stack of layers into another
  inspect  the layers of an image, and what it stores for nothing
  history  the steps that built an image, as docker history shows them
  layers   which layers images share
  show     what a file of an image holds
  tree     the files of an image, or of one of its layers
  pull     fetches an image, into the cache or into a file
  name     the parts of an image's name
  cache    what the cache holds, and how to make room in it

Examples:
  layerdiff diff app-1.0.tar app-1.1.tar
  layerdiff diff nginx:1.25 nginx:1.27
  layerdiff diff --before base.tar --after base.tar --after app.tar
  layerdiff inspect app-1.1.tar
  layerdiff history app-1.1.tar
  layerdiff layers app-1.0.tar app-1.1.tar
  layerdiff show app-1.1.tar etc/os-release
  layerdiff tree app-1.1.tar etc
  layerdiff pull nginx:1.27 -o nginx.tar
  layerdiff name nginx:1.27

Options:
  -h, --help     this text; after a command, the text of that command
      --version  the version
`

const DIFF = `Tells what turns one image, layer or stack of layers into another.

Usage: layerdiff diff OLD NEW [OPTION]...
       layerdiff diff --before FILE [--before FILE]...
                      --after FILE [--after FILE]... [OPTION]...

OLD, NEW and FILE are images (docker save files, OCI layouts as folder or tar)
or layers (tars), plain or compressed with gzip or zstd. A stack is given bottom
first, an option for each part. What a file is, is seen by looking, or said:
layer:FILE, docker-archive:FILE[:TAG], oci:FOLDER[:TAG], oci-archive:FILE[:TAG].
What is no file is the name of an image in a registry, as is docker://NAME;
what docker login left is used to log in. docker-daemon:NAME, or an ID, is an
image of the container engine on this machine, Docker or Podman.
Of two images the report tells layers, config and history too.

Examples:
  layerdiff diff app-1.0.tar app-1.1.tar
  layerdiff diff nginx:1.25 nginx:1.27
  layerdiff diff --before base.tar --after base.tar --after app.tar \\
    --format json -o diff.json

What is compared:
      --before FILE     a part of the old stack
      --after FILE      a part of the new stack
      --ignore GLOB     leave paths out; repeat it for more. As in .gitignore:
                        *.pyc anywhere, var/cache with all that is below
      --mtime           modification times count as changes too
      --symlink-parents overlay|follow
                        where a layer writes below a symlink of a lower layer,
                        replace it as a container sees it, or write through it
${IMAGE_HELP}      --verify          check each layer of two images against its ID too
      --strict          warnings are errors

How it is shown:
      --format FORMAT   text or json
  -o, --output FILE     write the report to a file, whole or not at all
      --all             a line for every path, also where a directory came or
                        went whole
      --layers          a column for the layer that made each change
      --color WHEN      auto, always or never
      --exit-code       exit with 1 when there are differences

  -h, --help            this text
      --version         the version

Exit codes: 0 done; 1 differences, with --exit-code; 2 bad usage; 3 a file that
is missing, unreadable, broken or cannot be written; 70 a fault of layerdiff;
130 interrupted.
`

const NAME = `Takes the name of an image apart, by the rules of Docker.

Usage: layerdiff name NAME [OPTION]...

NAME is [REGISTRY/][NAMESPACE/]NAME[:TAG][@DIGEST]. What it leaves out is filled
in: docker.io, library and latest. Nothing is fetched.

Examples:
  layerdiff name nginx
  layerdiff name gcr.io/google-samples/node-hello:1.0 --format json

      --format FORMAT   text or json
  -o, --output FILE     write to a file, whole or not at all

  -h, --help            this text
      --version         the version

Exit codes: 0 done; 2 bad usage, or no image name; 3 a file that cannot be
written; 70 a fault of layerdiff.
`

export const HELP = {
  layerdiff: GENERAL,
  diff: DIFF,
  inspect: INSPECT_HELP,
  history: HISTORY_HELP,
  layers: LAYERS_HELP,
  show: SHOW_HELP,
  tree: TREE_HELP,
  pull: PULL_HELP,
  name: NAME,
  cache: CACHE_HELP,
} as const
