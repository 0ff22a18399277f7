/**
 * Answers to sealed requests: opened, if they belong to this very request. Success in the clear is refused: somebody on the
 * way can have made it.
 */

import { parseSealedResponseHeader, sealedMediaType } from '@countersign/protocol'
import type { SealedResponseFacts } from '@countersign/protocol'
import { decodeBase64url, utf8 } from '../base64url.ts'
import type { Bytes } from '../base64url.ts'
import { ClientError } from '../client-error.ts'
import { sha256Text, unseal } from '../crypto.ts'
import type { SealKey } from '../crypto.ts'

/** With these HTTP allows no body: they travel as 200, and are told in the seal. */
const bodyless: ReadonlySet<number> = new Set([204, 205, 304])

/**
 * Answers the response as the API made it. Its status and body are those in the seal; its other headers came in the clear.
 *
 * There is no look at its time: it holds the hash of the request, which was made for this answer.
 *
 * @param request The JWE that it answers.
 * @throws {ClientError} `sealed_answer_clear`, `sealed_answer_refused`
 */
export async function openAnswer(response: Response, request: string, key: SealKey): Promise<Response> {
  const [mediaType = ''] = (response.headers.get('content-type') ?? '').split(';')
  if (mediaType.trim().toLowerCase() !== sealedMediaType) {
    // Nobody but the guard, which has no key to seal with yet, refuses in the clear.
    if (response.status >= 400) return response
    throw new ClientError('sealed_answer_clear', 'the answer came unsealed: somebody on the way may have made it')
  }
  const { facts, plaintext } = await open(await response.text(), key)
  if (facts.requestHash !== (await sha256Text(request))) throw refused('it is the answer to another request')
  if (response.status !== facts.status && !(response.status === 200 && bodyless.has(facts.status))) {
    throw refused('its status was changed')
  }
  const headers = new Headers(response.headers)
  for (const name of ['content-length', 'content-type']) headers.delete(name)
  if (facts.contentType !== undefined) headers.set('content-type', facts.contentType)
  return new Response(bodyless.has(facts.status) ? null : plaintext, { status: facts.status, headers })
}

async function open(
  jwe: string,
  key: SealKey,
): Promise<{ readonly facts: SealedResponseFacts; readonly plaintext: Bytes }> {
  const { protectedHeader, iv, ciphertext, tag } = parseJwe(jwe)
  const plaintext = await unseal(key, { iv, ciphertext, tag }, utf8(protectedHeader))
  if (plaintext === undefined) throw refused('it was changed, or sealed with another key')
  // What it says is read after the tag holds.
  const facts = parseSealedResponseHeader(parseHeader(protectedHeader))
  if (facts === undefined) throw refused('its header is not that of a sealed answer')
  return { facts, plaintext }
}

function parseJwe(jwe: string) {
  const [protectedHeader = '', encryptedKey, ...parts] = jwe.split('.')
  try {
    const [iv, ciphertext, tag, ...more] = parts.map(decodeBase64url)
    if (encryptedKey === '' && iv && ciphertext && tag && more.length === 0) {
      return { protectedHeader, iv, ciphertext, tag }
    }
  } catch {
    // Refused with what has other parts.
  }
  throw refused('it is no JWE')
}

function parseHeader(protectedHeader: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(decodeBase64url(protectedHeader)))
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    // Refused with what is no object.
  }
  throw refused('its header is no JSON object')
}

function refused(why: string): ClientError {
  return new ClientError('sealed_answer_refused', `the sealed answer cannot be trusted: ${why}`)
}
