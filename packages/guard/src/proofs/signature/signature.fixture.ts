/** Signed requests, good or with one thing wrong. */

import { createHmac, hash } from 'node:crypto'
import { formatContentDigest, formatSignatureParams, signatureBase, signatureTag } from '@countersign/protocol'
import type { SignatureComponent } from '@countersign/protocol'
import { signText } from '@countersign/tokens'
import type { Key } from '@countersign/tokens'
import { noon } from '../../guard.fixture.ts'
import type { GuardRequest } from '../../guard-request.ts'
import { origin } from '../session-keys.fixture.ts'

export interface SignChanges {
  readonly method?: string
  readonly target?: string
  readonly authorization?: string
  /** Names of covered components, or whole ones. */
  readonly components?: readonly (string | SignatureComponent)[]
  /** Parameters; undefined removes one. */
  readonly params?: Readonly<Record<string, string | number | undefined>>
  /** The signature's parameters as they stand, in Signature-Input and in the base. */
  readonly signatureParams?: string
  readonly label?: string
  /** Header fields that come along; null leaves one out that would. */
  readonly fields?: Readonly<Record<string, string | readonly string[] | null>>
  readonly body?: string | Uint8Array
  /** The HMAC key, or the private key. */
  readonly key?: Key | Uint8Array
}

let made = 0

/** For a good token of a client with session keys: `POST /transfers?to=bob` with a JSON body, signed at noon. */
export function signRequest(token: string, sessionKey: Uint8Array, changes: SignChanges = {}): GuardRequest {
  const {
    method = 'POST',
    target = '/transfers?to=bob',
    authorization = `Bearer ${token}`,
    label = signatureTag,
  } = changes
  const { body = '{"amount":1}', key = sessionKey, fields = {} } = changes
  const content = Buffer.from(body)
  const digest = formatContentDigest('sha-256', hash('sha256', content, 'buffer'))
  const all: NonNullable<SignChanges['fields']> = {
    Authorization: authorization,
    ...(content.length > 0 && { 'Content-Type': 'application/json', 'Content-Digest': digest }),
    ...fields,
  }
  const lines = Object.entries(all).flatMap(([name, value]) =>
    (value === null ? [] : [value].flat()).map((line) => [name, line] as const),
  )
  const fieldLines = (name: string): readonly string[] =>
    lines.filter(([other]) => other.toLowerCase() === name).map(([, line]) => line)

  const defaults = ['@method', '@target-uri', 'authorization', ...(content.length > 0 ? ['content-digest'] : [])]
  const { components = defaults } = changes
  const covered = components.map((component) => (typeof component === 'string' ? { name: component } : component))
  const params: NonNullable<SignChanges['params']> = {
    created: noon,
    expires: noon + 60,
    nonce: `nonce-of-a-request-${++made}`,
    keyid: 'token-1',
    alg: 'hmac-sha256',
    tag: signatureTag,
    ...changes.params,
  }
  const given = Object.entries(params).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
  const signatureParams = changes.signatureParams ?? formatSignatureParams(covered, Object.fromEntries(given))
  // What cannot be signed has no base; then whatever is signed is wrong.
  const base = signatureBase(covered, signatureParams, { method, targetUri: origin + target, fieldLines }) ?? ''
  const signature = `${label}=:${sign(base, key)}:`
  const ours = { 'Signature-Input': `${label}=${signatureParams}`, Signature: signature }
  const added = Object.entries(ours).filter(([name]) => !(name in fields))
  return {
    method,
    url: target,
    rawHeaders: [...lines, ...added].flat(),
    readBody: async () => content,
  }
}

function sign(base: string, key: Key | Uint8Array): string {
  if (key instanceof Uint8Array) return createHmac('sha256', key).update(base).digest('base64')
  return Buffer.from(signText(base, key), 'base64url').toString('base64')
}

/** The same request, but for one header field: its lines replaced, or given to a function that changes the last. */
export function withField(
  request: GuardRequest,
  name: string,
  change: readonly string[] | ((value: string) => string),
): GuardRequest {
  const rest: string[] = []
  let value = ''
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    const [field = '', line = ''] = request.rawHeaders.slice(at, at + 2)
    if (field.toLowerCase() === name.toLowerCase()) value = line
    else rest.push(field, line)
  }
  const lines = typeof change === 'function' ? [change(value)] : change
  return { ...request, rawHeaders: [...rest, ...lines.flatMap((line) => [name, line])] }
}

/** The value of a header field of a request. */
export function fieldOf({ rawHeaders }: GuardRequest, name: string): string {
  const at = rawHeaders.findIndex((field, index) => index % 2 === 0 && field.toLowerCase() === name.toLowerCase())
  return at === -1 ? '' : (rawHeaders[at + 1] ?? '')
}
