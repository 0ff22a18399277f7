/** One at a time, in the order of asking, within one process. */

export type InTurn = <T>(act: () => Promise<T>) => Promise<T>

export function createTurns(): InTurn {
  let last: Promise<unknown> = Promise.resolve()
  return (act) => {
    const turn = last.then(act)
    // Whoever comes next waits for the end, not for success.
    last = turn.catch(() => undefined)
    return turn
  }
}
