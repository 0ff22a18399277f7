/**
 * Envelopes with something changed, as somebody without the keys can change them.
 */

import { flippedBits } from '../../attacks/flip-bits.ts'
import type { Envelope } from '../envelope.ts'
import { formatEnvelope, parseEnvelope } from '../envelope.ts'

const blockBytes = 16

/** Each bit of the IV, the ciphertext and the MAC, and each bit of the line that carries them. */
export function* flipEachBit(line: string): Iterable<Buffer> {
  const envelope = parseEnvelope(line)
  for (const part of ['iv', 'ciphertext', 'mac'] as const) {
    for (const bytes of flippedBits(envelope[part])) yield Buffer.from(formatEnvelope({ ...envelope, [part]: bytes }))
  }
  // A line feed would make two messages of it.
  for (const bytes of flippedBits(Buffer.from(line))) if (!bytes.includes('\n')) yield bytes
}

/** The message cut, repeated, turned round and mixed with another. */
export function rearrange(envelope: Envelope, other: Envelope): readonly Envelope[] {
  const { iv, ciphertext, mac } = envelope
  const firstBlock = ciphertext.subarray(0, blockBytes)
  const rest = ciphertext.subarray(blockBytes)
  const ciphertexts = [
    ciphertext.subarray(0, -blockBytes),
    Buffer.concat([ciphertext, ciphertext.subarray(-blockBytes)]),
    Buffer.concat([rest, firstBlock]),
    Buffer.concat([firstBlock, other.ciphertext.subarray(blockBytes)]),
    other.ciphertext,
  ]
  return [
    ...ciphertexts.map((changed) => ({ iv, ciphertext: changed, mac })),
    // The first block becomes the IV: the message lacks its beginning, and the bytes under the MAC are nearly the same.
    { iv: firstBlock, ciphertext: rest, mac },
    { iv: other.iv, ciphertext, mac },
    { iv, ciphertext, mac: other.mac },
  ]
}

/** The message without its MAC, in every way that a reader might let pass. */
export function stripMac(line: string): readonly string[] {
  const { iv, ciphertext, mac } = parseEnvelope(line)
  const members = { iv: iv.toString('base64'), ciphertext: ciphertext.toString('base64') }
  const format = (value: object): string => encode(JSON.stringify(value))
  return [
    format(members),
    format({ ...members, mac: '' }),
    format({ ...members, mac: null }),
    format({ ...members, mac: false }),
    format({ ...members, mac: Buffer.alloc(32).toString('base64') }),
    // The start of the right one, for a comparison that stops where the shorter ends.
    ...[1, 8, 16, 31].map((bytes) => format({ ...members, mac: mac.subarray(0, bytes).toString('base64') })),
    Buffer.concat([iv, ciphertext]).toString('base64'),
    ciphertext.toString('base64'),
  ]
}

/** The same bytes in texts that a strict reader does not take. */
export function respell(line: string): readonly string[] {
  const json = Buffer.from(line, 'base64').toString()
  const spellings = [
    line.replace(/=+$/, ''),
    `${line}=`,
    `${line.slice(0, 8)} ${line.slice(8)}`,
    encode(json.replace('=="', '"')),
    encode(json.replace(/="\}$/, '"}')),
    encode(`${json} trailing`),
    encode(`\uFEFF${json}`),
    encode(json.replace('{', '{"version":1,')),
  ]
  return spellings.filter((spelling) => spelling !== line)
}

/** Each member twice, the other one empty: two readers may take two different ones. */
export function repeatMembers(line: string): readonly string[] {
  const json = Buffer.from(line, 'base64').toString()
  return ['iv', 'ciphertext', 'mac', '\\u0069v', '\\u006dac'].flatMap((name) => [
    encode(json.replace('{', `{"${name}":"",`)),
    encode(json.replace(/\}$/, `,"${name}":""}`)),
  ])
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64')
}
