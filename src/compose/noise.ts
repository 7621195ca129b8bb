// What every rebuild of an image changes, whatever it builds: logs, caches, and what is generated anew. docs/semantic.md says why
// each is here, and a test holds the two lists together.

/** Globs as the option `ignore` takes them. */
export const NOISE: readonly string[] = [
  // Logs
  ...['/var/log/**', '/root/.npm/_logs'],
  // What is made from what else is there
  ...['/etc/ld.so.cache', '/var/cache/ldconfig/aux-cache', '/var/cache/apt/*.bin'],
  ...['/var/cache/fontconfig', '/var/cache/man', '/usr/share/mime/mime.cache', '/usr/share/icons/*/icon-theme.cache'],
  ...['/usr/share/glib-2.0/schemas/gschemas.compiled', '__pycache__', '*.pyc'],
  // What something was before its last change
  ...['/var/cache/debconf/*-old', '/var/lib/dpkg/*-old'],
  ...['/etc/passwd-', '/etc/group-', '/etc/shadow-', '/etc/gshadow-', '/etc/subuid-', '/etc/subgid-'],
  // What package managers fetched, and when
  ...['/var/lib/apt/lists', '/var/lib/apt/extended_states', '/var/cache/apk', '/var/cache/dnf'],
  ...['/var/lib/dnf/history.sqlite*', '/root/.cache'],
  // Random, or of the machine that built
  ...['/etc/machine-id', '/var/lib/dbus/machine-id', '/var/lib/systemd/random-seed'],
  ...['/etc/hostname', '/etc/hosts', '/etc/resolv.conf', '/etc/mtab'],
  // Left over from a step
  ...['/tmp/**', '/var/tmp/**', '/run/**'],
]

/** Labels that say when an image was made. */
export const TIME_LABELS: readonly string[] = [
  'org.opencontainers.image.created',
  'org.label-schema.build-date',
  'build-date',
]
