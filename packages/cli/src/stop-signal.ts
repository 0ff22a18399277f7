/** When a process is told to stop. */

/** Resolves at SIGINT or SIGTERM. A second one ends the process at once, as people expect. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
}

/** As `stopSignal`, and where this very command started the process: when that one is gone, however it ended. */
export async function stopSignalOrOrphaned(): Promise<void> {
  const orphaned = new Promise<void>((resolve) => process.once('disconnect', resolve))
  await Promise.race([stopSignal(), orphaned])
  // The listener keeps the channel open, and the channel keeps the process alive.
  if (process.connected) process.disconnect()
}
