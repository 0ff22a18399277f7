/**
 * Planted holes: guards with one check of seals, signatures or nonces taken out, and a server with a weak secret. Each
 * attack gets in through the hole that the check closes, so that `blocked` means something.
 */

import { createDecipheriv, hash, hkdfSync } from 'node:crypto'

import { createGuard, spendId } from '@countersign/guard'
import type { Admission, Demands, Guard, GuardOptions, GuardRequest } from '@countersign/guard'
import { deriveSessionKey } from '@countersign/protocol'
import { makeEvent, openStore, readMasterKey, systemClock } from '@countersign/server'
import { encryptJwe } from '@countersign/tokens'
import { afterAll, beforeAll, expect, test } from 'vitest'

import type { AttackName } from '../../attacks/attack.ts'
import { readPayload } from '../../attacks/jwt-forgeries.ts'
import { runAttacks } from '../../attacks/run-attacks.ts'
import type { ServerOptions } from '../../running-server.ts'
import { startProductServer } from '../product-server.ts'
import type { ProductServer } from '../product-server.ts'
import { startCommand } from '../start-command.fixture.ts'
import { startProduct } from '../start-product.ts'
import type { MakeGuard } from '../start-product.ts'
import { createProduct } from '../system.ts'
import { decodeHeader, formatSealed, makeTag, parseSealed } from './sealed-body.ts'
import type { SealedBody } from './sealed-body.ts'

type Admit = (guard: Guard, request: ReadRequest, demands: Demands) => Promise<Admission>

/** With its body, which is text. */
type ReadRequest = GuardRequest & { readonly body: string }

/** A guard of which one thing is done otherwise. */
function guardWith(options: GuardOptions, admitOtherwise: Admit): Guard {
  const guard = createGuard(options)
  const admit: Guard['admit'] = async (incoming, demands = {}) => {
    // Without a demand about it, the body is the bank's to read.
    if (demands.sealed !== true && !isSigned(demands)) return guard.admit(incoming, demands)
    const { method, url, rawHeaders, readBody } = incoming as GuardRequest
    const body = Buffer.from((await readBody?.()) ?? '').toString()
    return admitOtherwise(guard, { method, url, rawHeaders, body, readBody: async () => Buffer.from(body) }, demands)
  }
  return { ...guard, admit, forRoute: (demands) => (request) => admit(request, demands) }
}

/** Gives sealed bodies the tag that they should have. */
function retagging(isRetagged: (body: SealedBody) => boolean): MakeGuard {
  return (options) =>
    guardWith(options, (guard, request, demands) => {
      const body = parseSealed(request.body)
      if (demands.sealed !== true || !isRetagged(body)) return guard.admit(request, demands)
      const sealed = Buffer.from(formatSealed({ ...body, tag: makeTag(body, sealingKey(request, options)) }))
      return guard.admit({ ...request, readBody: async () => sealed }, demands)
    })
}

/** Looks at the padding before the tag, and writes down what is wrong with it, which takes its time. */
const writeDownPadding: MakeGuard = (options) =>
  guardWith(options, async (guard, request, demands) => {
    if (demands.sealed === true && !isPadded(request, options)) await new Promise((wake) => setTimeout(wake, 10))
    return guard.admit(request, demands)
  })

/** Takes a payment as it is where it comes without what is demanded. */
function lettingPass(isLetPass: (request: ReadRequest) => boolean): MakeGuard {
  return (options) =>
    guardWith(options, async (guard, request, demands) => {
      if (!isLetPass(request)) return guard.admit(request, demands)
      const admission = await guard.admit(request, { ...demands, sealed: false, proof: 'dpop' })
      return { ...admission, body: Buffer.from(request.body) }
    })
}

/** Demands a signature, and does not care by whom: by the session key it is one that whoever read that key can make. */
const takeAnySignature: MakeGuard = (options) =>
  guardWith(options, (guard, request, demands) =>
    guard.admit(request, { ...demands, ...(isSigned(demands) ? { proof: 'signature' } : {}) }),
  )

/** Forgets what was spent of these kinds: where the body stands for nothing, all that is sealed or signed. */
function forgetting(...kinds: readonly ('seal' | 'sig' | 'dpop')[]): MakeGuard {
  return ({ replay, ...options }) => {
    const forgotten = new Set<string>()
    const store = replay as Exclude<typeof replay, string | undefined>
    const spend: typeof store.spend = (id, until) => (forgotten.has(nameOf(id)) ? 'spent' : store.spend(id, until))
    return guardWith({ ...options, replay: { bornAt: store.bornAt, spend } }, (guard, request, demands) => {
      for (const kind of kinds) forgotten.add(nameOf(idOf[kind](request)))
      return guard.admit(request, demands)
    })
  }
}

const ignoresTags = retagging(() => true)

interface Hole {
  readonly guard: string
  readonly makeGuard: MakeGuard
  readonly lets: AttackName
  readonly seen: RegExp
}

const holes: readonly Hole[] = [
  { guard: 'ignores tags', makeGuard: ignoresTags, lets: 'bit-flip', seen: /sealed.* 200 taken/ },
  // "to=shop&amount=100" needs 14 bytes more for two blocks.
  { guard: 'ignores tags', makeGuard: ignoresTags, lets: 'padding-oracle', seen: /so the last byte is 0x0e$/ },
  { guard: 'ignores tags', makeGuard: ignoresTags, lets: 'tampered-message', seen: /sealed.*; \$500 moved$/ },
  {
    guard: 'looks at the padding first',
    makeGuard: writeDownPadding,
    lets: 'padding-oracle',
    seen: /^255 guesses: 255 × 401 sealed_decryption_failed; times .* effect size (0\.[6-9]|1)/,
  },
  {
    guard: 'looks at a tag where there is one',
    makeGuard: retagging(({ tag }) => tag.length === 0),
    lets: 'mac-stripping',
    seen: /sealed.* 200 taken.*; \$100 moved$/,
  },
  {
    guard: 'opens what is sealed, and takes the rest',
    makeGuard: lettingPass((request) => request.url.startsWith('/sealed') && typeOf(request) !== 'application/jose'),
    lets: 'mac-stripping',
    seen: /sealed.* 200 taken.*; \$500 moved$/,
  },
  {
    guard: 'looks at a signature where there is one',
    makeGuard: lettingPass((request) => request.url.startsWith('/signed') && headerOf(request, 'signature') === ''),
    lets: 'mac-stripping',
    seen: /signed.* 200 taken.*; \$500 moved$/,
  },
  {
    guard: 'asks for no signature',
    makeGuard: lettingPass((request) => request.url.startsWith('/signed')),
    lets: 'tampered-message',
    seen: /signed.* 200 taken.*; \$500 moved$/,
  },
  {
    guard: 'takes a signature by the session key',
    makeGuard: takeAnySignature,
    lets: 'tampered-message',
    seen: /signed.* 200 taken.*; \$500 moved$/,
  },
  {
    guard: 'forgets seals, signatures and proofs',
    makeGuard: forgetting('seal', 'sig', 'dpop'),
    lets: 'replayed-message',
    seen: /a sealed and a signed request again: 2 × 200 taken; \$200 moved$/,
  },
  {
    guard: 'forgets seals',
    makeGuard: forgetting('seal'),
    lets: 'nonce-reuse',
    seen: /old seal with a new proof: 200.*new seal with an old nonce: 200.*nonce: 401.*proof: 401/,
  },
  {
    guard: 'forgets signatures',
    makeGuard: forgetting('sig'),
    lets: 'nonce-reuse',
    seen: /new proof: 401.*nonce: 401.*new signature with an old nonce: 200.*proof: 401/,
  },
  {
    guard: 'forgets proofs',
    makeGuard: forgetting('dpop'),
    lets: 'nonce-reuse',
    seen: /new proof: 401.*nonce: 401.*nonce: 401.*new seal with an old proof: 200/,
  },
]

let server: ProductServer

beforeAll(async () => {
  server = await startProductServer(startCommand)
})
afterAll(() => server.close())

test.each(holes)(
  '$lets gets in through a guard that $guard',
  { timeout: 30_000 },
  async ({ lets, makeGuard, seen }) => {
    await expectIn(lets, seen, (options) => startProduct(server, options, makeGuard))
  },
)

test('weak-secret-guess gets in where the secret of the API is made of a word', { timeout: 30_000 }, async () => {
  const weak = hash('sha256', 'secret', 'buffer')
  const version = Math.max(...Object.keys(server.sessionSecrets).map(Number)) + 1
  await insertSecret(weak, version)
  const sessionSecrets = { ...server.sessionSecrets, [version]: weak.toString('base64url') }
  await expectIn(
    'weak-secret-guess',
    new RegExp(`${weak.toString('hex')}; her payment: to=shop&amount=100$`),
    (options) => startProduct({ ...server, sessionSecrets }, options),
  )
})

async function expectIn(
  attack: AttackName,
  seen: RegExp,
  start: (options: ServerOptions) => ReturnType<typeof startProduct>,
): Promise<void> {
  for await (const { outcome, evidence } of runAttacks(createProduct(startCommand), { attacks: [attack], start })) {
    expect({ outcome, evidence }).toEqual({ outcome: 'succeeded', evidence: expect.stringMatching(seen) as string })
  }
}

/** As the server keeps it, though it would never make one like this. */
async function insertSecret(secret: Uint8Array, version: number): Promise<void> {
  const { dataFolder, masterKey } = server.store
  const { audience } = server.app
  const sealedSecret = encryptJwe(secret, readMasterKey({ masterKey, dev: true, dataFolder }), {
    enc: 'A256GCM',
    header: { cs_for: `api_secret/${version}/${audience}/sealed_secret` },
  })
  const store = await openStore({ dataFolder })
  const now = systemClock()
  const event = makeEvent(systemClock, { type: 'api_secret.created', actor: 'operator', detail: { audience, version } })
  expect(await store.apis.insertSecret({ audience, version, sealedSecret, createdAt: now, activeAt: now }, event)).toBe(
    'inserted',
  )
  await store.close()
}

function sealingKey(request: GuardRequest, { sessionSecrets = {} }: GuardOptions): Buffer {
  const claims = claimsOf(request)
  const [issuer = '', audience = '', clientId = '', tokenId = ''] = ['iss', 'aud', 'client_id', 'jti'].map((name) =>
    String(claims[name]),
  )
  const secret = Buffer.from(sessionSecrets[String(claims['cs_key'])] ?? '', 'base64url')
  return deriveSessionKey(secret, 'seal-req', { issuer, audience, clientId, tokenId, jkt: boundTo(request) }, (input) =>
    Buffer.from(hkdfSync('sha256', input.secret, '', input.info, input.lengthBytes)),
  )
}

function isPadded(request: ReadRequest, options: GuardOptions): boolean {
  const { iv, ciphertext } = parseSealed(request.body)
  try {
    const decipher = createDecipheriv('aes-256-cbc', sealingKey(request, options).subarray(32), iv)
    decipher.update(ciphertext)
    decipher.final()
    return true
  } catch {
    return false
  }
}

const idOf: Readonly<Record<'seal' | 'sig' | 'dpop', (request: ReadRequest) => Uint8Array>> = {
  seal: (request) => {
    const nonce = request.url.startsWith('/sealed') ? decodeHeader(parseSealed(request.body))['nonce'] : ''
    return spendId('seal', String(claimsOf(request)['jti']), String(nonce))
  },
  sig: (request) => {
    const nonce = /nonce="([^"]*)"/.exec(headerOf(request, 'signature-input'))?.[1] ?? ''
    return spendId('sig', boundTo(request), nonce)
  },
  dpop: (request) => spendId('dpop', boundTo(request), String(readPayload(headerOf(request, 'dpop'))['jti'])),
}

function claimsOf(request: GuardRequest): Readonly<Record<string, unknown>> {
  return readPayload(headerOf(request, 'authorization'))
}

function boundTo(request: GuardRequest): string {
  return (claimsOf(request)['cnf'] as { readonly jkt: string }).jkt
}

function typeOf(request: GuardRequest): string {
  return headerOf(request, 'content-type')
}

function headerOf({ rawHeaders }: GuardRequest, name: string): string {
  const at = rawHeaders.findIndex((each, index) => index % 2 === 0 && each.toLowerCase() === name)
  return at === -1 ? '' : (rawHeaders[at + 1] ?? '')
}

function isSigned({ proof = [] }: Demands): boolean {
  return [proof].flat().includes('signature')
}

function nameOf(id: Uint8Array | string): string {
  return Buffer.from(id).toString('hex')
}
