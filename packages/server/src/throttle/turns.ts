/** Turns: one task after the other, so that what a task reads is still true when it writes. */

export type TakeTurns = <T>(task: () => Promise<T>) => Promise<T>

export function createTurns(): TakeTurns {
  let last: Promise<unknown> = Promise.resolve()
  return (task) => {
    const turn = last.then(task)
    last = turn.catch(() => undefined)
    return turn
  }
}
