/** When a process is told to stop. */

/** Resolves at SIGINT or SIGTERM. A second one ends the process at once, as people expect. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
}
