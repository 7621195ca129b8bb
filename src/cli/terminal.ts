// What is known of the terminal that a report is written to.

/** Lines of a report are for reading: on a terminal wider than this they are not drawn out further. */
const MOST_COLUMNS = 120

/** Columns that a report may take; undefined where it goes to a file or a pipe. */
export function reportWidth(output: string | null): number | undefined {
  if (output !== null || !process.stdout.isTTY) return undefined
  return Math.min(process.stdout.columns || 80, MOST_COLUMNS)
}
