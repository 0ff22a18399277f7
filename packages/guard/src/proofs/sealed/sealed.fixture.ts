/** Sealed requests, good or with one thing wrong; and the answers, opened. By `jose`, which shares no code with us. */

import { hash } from 'node:crypto'
import { CompactEncrypt, compactDecrypt } from 'jose'
import { sealedRequestHeader } from '@countersign/protocol'
import type { SealedRequestFacts } from '@countersign/protocol'
import { noon } from '../../guard.fixture.ts'
import type { GuardRequest } from '../../guard-request.ts'
import { origin } from '../session-keys.fixture.ts'

export interface SealChanges {
  readonly method?: string
  readonly target?: string
  readonly authorization?: string
  readonly body?: string | Uint8Array
  readonly facts?: Partial<SealedRequestFacts>
  /** Members of the protected header; undefined removes one. */
  readonly header?: Readonly<Record<string, unknown>>
  /** What becomes of the sealed text. */
  readonly change?: (sealed: string) => string
  /** Where it travels. Default: in the body, but for GET. */
  readonly inField?: boolean
  /** Header fields as they stand, instead of `Content-Type: application/jose`. */
  readonly fields?: readonly string[]
}

let made = 0

/** Answers the sealed text of a request. */
export async function sealText(token: string, sealingKey: Uint8Array, changes: SealChanges = {}): Promise<string> {
  const { method = 'POST', target = '/transfers?to=bob', body = '{"amount":1}', header = {}, change } = changes
  const plaintext = Buffer.from(body)
  const facts: SealedRequestFacts = {
    contentType: plaintext.length === 0 ? undefined : 'application/json',
    method,
    targetUri: origin + target,
    accessTokenHash: hash('sha256', token, 'base64url'),
    issuedAt: noon,
    nonce: `nonce-of-a-sealed-${++made}`,
    ...changes.facts,
  }
  const members = { alg: 'dir', enc: 'A256CBC-HS512', ...sealedRequestHeader(facts), ...header }
  const given = JSON.parse(JSON.stringify(members)) as Record<string, unknown> & { alg: string; enc: string }
  const crit = Object.fromEntries([given['crit'] ?? []].flat().map((name) => [name, true]))
  // Whatever the header says, the content is sealed as it should be.
  const sealed = await new CompactEncrypt(plaintext).setProtectedHeader(given).encrypt(sealingKey, { crit })
  return change?.(sealed) ?? sealed
}

/** For a good token of a client with session keys: `POST /transfers?to=bob` with a JSON body, sealed at noon. */
export async function sealRequest(
  token: string,
  sealingKey: Uint8Array,
  changes: SealChanges = {},
): Promise<GuardRequest & { readonly sealed: string }> {
  const { method = 'POST', target = '/transfers?to=bob', authorization = `Bearer ${token}` } = changes
  const { inField = method === 'GET', fields = inField ? [] : ['Content-Type', 'application/jose'] } = changes
  const sealed = await sealText(token, sealingKey, changes)
  return {
    method,
    url: target,
    rawHeaders: ['Authorization', authorization, ...fields, ...(inField ? ['Sealed-Request', sealed] : [])],
    readBody: async () => Buffer.from(inField ? '' : sealed),
    sealed,
  }
}

/** Answers what was sealed in an answer, with its header. */
export async function openAnswer(
  answer: string,
  openingKey: Uint8Array,
): Promise<{ readonly header: Readonly<Record<string, unknown>>; readonly text: string }> {
  const crit = { cs_dir: true, cs_req: true, cs_status: true }
  const { plaintext, protectedHeader } = await compactDecrypt(answer, openingKey, { crit })
  return { header: protectedHeader, text: Buffer.from(plaintext).toString('latin1') }
}
