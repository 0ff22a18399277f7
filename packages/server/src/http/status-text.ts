/** Status phrases: "Not Found". */

// An `import` of node:http reads every export, and one of them loads a whole HTTP client: 13 MiB that nobody uses.
const { STATUS_CODES } = process.getBuiltinModule('node:http')

export function statusText(status: number): string {
  return STATUS_CODES[status] ?? 'Unknown'
}
