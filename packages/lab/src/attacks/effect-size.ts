/**
 * How far apart two samples lie, by ranks: 0 where they cannot be told apart, 1 where every value of one is greater than
 * every value of the other (the absolute value of Cliff's delta). It asks nothing of how the values are spread.
 */

export function effectSize(a: readonly number[], b: readonly number[]): number {
  let balance = 0
  for (const x of a) for (const y of b) balance += Math.sign(x - y)
  return Math.abs(balance) / (a.length * b.length)
}
