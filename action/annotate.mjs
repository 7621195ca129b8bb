// A line that a job's page shows beside its log. Spec: GitHub's workflow commands.

/**
 * @param {'warning' | 'error'} kind
 * @param {string} message
 */
export function annotate(kind, message) {
  const line = message.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
  // Not on standard output, which others read; GitHub sees both.
  process.stderr.write(`::${kind} title=layerdiff::${line}\n`)
}
