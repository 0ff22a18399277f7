/**
 * The fingerprint of RSA keys made by the faulty library of CVE-2017-15361 ("ROCA"), which can be factored.
 *
 * Its primes are 65537^a modulo a product of small primes, so modulo each of these the modulus is a power of 65537
 * too. For a sound key that holds of all of them by a chance of less than one in 2^27.
 *
 * @see Nemec et al., "The Return of Coppersmith's Attack", CCS 2017, §2.3
 */

const smallPrimes = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113,
  127, 131, 137, 139, 149, 151, 157, 163, 167,
]

const powersOfGenerator = smallPrimes.map((prime) => ({ prime: BigInt(prime), powers: powers(65537 % prime, prime) }))

export function hasRocaFingerprint(modulus: bigint): boolean {
  return powersOfGenerator.every(({ prime, powers }) => powers.has(Number(modulus % prime)))
}

function powers(generator: number, prime: number): ReadonlySet<number> {
  const found = new Set<number>()
  for (let power = 1; !found.has(power); power = (power * generator) % prime) found.add(power)
  return found
}
