# Types into an interactive shell on a terminal of its own, as a person does.
#
#   zsh -f shell-driver.zsh bash|zsh SCRIPT OUTPUT LINE...
#
# Sources SCRIPT, then types each LINE, in which tabs complete, and a return. What `layerdiff` is called with comes into OUTPUT: a
# line for each call, each word in angle brackets. What zsh offers comes into OUTPUT.offered, a word a line, and an empty
# line after those of each LINE. Nothing is waited for but what the shell says.
emulate zsh
zmodload zsh/zpty
shell=$1 script=$2 output=$3
shift 3

type_in() { zpty -w -n pty "$1"$'\n' }
await() {
  local said
  zpty -r pty said "*$1*" || exit 1
}

case $shell in
  bash) zpty pty 'TERM=dumb PS1= HISTFILE= bash --norc --noprofile -i' ;;
  zsh) zpty pty 'TERM=dumb PS1= zsh -f -i' ;;
esac
if [[ $shell == zsh ]]; then
  # Calls with -O, -A and -D only ask what would match.
  type_in "compadd() {
    local -a words
    if [[ \${@[1,(i)(-|--)]} != *-[OAD]\ * ]]; then
      builtin compadd -A words \"\$@\"
      (( \$#words )) && print -rl -- \$words >> ${(q)output}.offered
    fi
    builtin compadd \"\$@\"
  }"
  type_in 'autoload -Uz compinit; compinit -u -D; setopt no_beep; LISTMAX=10000'
fi
type_in "layerdiff() { printf '<%s>' \"\$@\" >> ${(q)output}; echo >> ${(q)output}; }"
type_in "source ${(q)script}; echo rea''dy"
await ready
for line; do
  type_in "$line"
  type_in "echo >> ${(q)output}.offered; echo do''ne"
  await done
done
