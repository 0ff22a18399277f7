import fc from 'fast-check'
import { expect, test } from 'vitest'
import { GuardError } from '../../guard-error.ts'
import { readPlainSignature, readSignature } from './find-signature.ts'

const list = '("@method" "@target-uri" "authorization" "content-digest")'
const printable = fc.string({ unit: fc.constantFrom(...Array.from('aZ09 -_"\\;,=:()é\t')) })
const often = <T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: rare })
const number = often(
  fc.nat().map(String),
  fc.constantFrom('0', '01', '-1', '1.0', '9'.repeat(15), '9'.repeat(16), '1e3'),
)
const value = often(
  fc.string({ unit: fc.constantFrom(...Array.from('aZ09 -_/;,=:()')) }).map((text) => `"${text}"`),
  fc.oneof(
    printable.map((text) => `"${text}"`),
    number,
  ),
)
const base64 = often(
  fc.uint8Array({ maxLength: 70 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  fc.string({ unit: fc.constantFrom(...Array.from('AQgwBx+/=-')) }),
)
const label = often(fc.constant('countersign'), fc.constantFrom('sig1', 'a-b_c', 'A', '*x', 'a.b'))
const params = fc.record({ created: number, expires: number, nonce: value, keyid: value, alg: value }).map((members) =>
  Object.entries({ ...members, tag: '"countersign"' })
    .map(([name, text]) => `;${name}=${text}`)
    .join(''),
)
const lists = fc.constantFrom(
  list,
  list.replace(' "content-digest"', ''),
  list.replace(')', ' "content-type")'),
  list.replace(')', ' "idempotency-key")'),
  list.replace('"content-digest"', '"idempotency-key" "sealed-request"'),
  list.replace('-digest', '-type'),
  '()',
)
const request = fc.record({ label, other: label, lists, params, base64 }).map((parts) => ({
  inputs: [`${parts.label}=${parts.lists}${parts.params}`],
  signatures: [`${parts.other}=:${parts.base64}:`],
}))

/** A character changed, taken away or put in. */
const damaged = fc
  .record({
    request,
    where: fc.constantFrom('inputs', 'signatures'),
    at: fc.nat(),
    text: fc.constantFrom('', ' ', '"', ';', ',', '=', 'A', '0'),
    keep: fc.boolean(),
  })
  .map(({ request, where, at, text, keep }) => {
    const [line = ''] = request[where as 'inputs']
    const place = at % (line.length + 1)
    return { ...request, [where]: [line.slice(0, place) + text + line.slice(keep ? place : place + 1)] }
  })

function outcome<T>(read: () => T): T | string {
  try {
    return read()
  } catch (error) {
    if (error instanceof GuardError) return error.code
    throw error
  }
}

test('whatever the quick way reads, the other reads the same', () => {
  let quick = 0
  fc.assert(
    fc.property(fc.oneof(request, damaged), ({ inputs, signatures }) => {
      const plain = readPlainSignature(inputs, signatures)
      if (plain === undefined) return
      quick++
      expect(outcome(() => readSignature(inputs, signatures))).toEqual(plain)
    }),
    { numRuns: 5000 },
  )
  expect(quick).toBeGreaterThan(500)
})

test('whatever is sent, the answer is a signature or a refusal', () => {
  const lines = fc.array(fc.oneof(printable, fc.string(), params), { maxLength: 3 })
  fc.assert(
    fc.property(lines, lines, (inputs, signatures) => {
      outcome(() => readPlainSignature(inputs, signatures))
      outcome(() => readSignature(inputs, signatures))
    }),
    { numRuns: 2000 },
  )
})
