// What --help says.

import { CACHE_HELP } from './cache-arguments.js'
import { COMPLETION_HELP } from './completion-arguments.js'
import { DIFF_HELP } from './diff-arguments.js'
import { HISTORY_HELP } from './history-arguments.js'
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
       layerdiff completion bash|zsh

Commands:
  diff        what turns one image, layer or stack of layers into another
  inspect     the layers of an image, and what it stores for nothing
  history     the steps that built an image, as docker history shows them
  layers      which layers images share
  show        what a file of an image holds
  tree        the files of an image, or of one of its layers
  pull        fetches an image, into the cache or into a file
  name        the parts of an image's name
  cache       what the cache holds, and how to make room in it
  completion  a script that completes all of this in a shell

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
  -v, --version  the version
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
  diff: DIFF_HELP,
  inspect: INSPECT_HELP,
  history: HISTORY_HELP,
  layers: LAYERS_HELP,
  show: SHOW_HELP,
  tree: TREE_HELP,
  pull: PULL_HELP,
  name: NAME,
  cache: CACHE_HELP,
  completion: COMPLETION_HELP,
} as const
