/** Proofs that are damaged, or right in form and wrong in every value: each is refused as one, or is none the worse. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Demands } from '../demands.ts'
import { GuardError } from '../guard-error.ts'
import type { GuardErrorCode } from '../guard-error.ts'
import { makeKey, mintAccessToken } from '../guard.fixture.ts'
import type { GuardRequest } from '../guard-request.ts'
import { proofMaker } from './dpop/dpop.fixture.ts'
import { makeCertificate } from './mtls/certificate.fixture.ts'
import { sealRequest } from './sealed/sealed.fixture.ts'
import { mintSessionToken, sessionKey, setUpSessionGuard } from './session-keys.fixture.ts'
import { signRequest, withField } from './signature/signature.fixture.ts'

const issuerKey = await makeKey('k1')
const client = await proofMaker()
const certificate = await makeCertificate('client')
const boundToken = mintAccessToken(issuerKey, { cnf: { jkt: client.jkt } })
const certifiedToken = mintAccessToken(issuerKey, { cnf: { 'x5t#S256': certificate.thumbprint } })
const sessionToken = mintSessionToken(issuerKey)
const remoteAddress = '10.0.0.1'
const { guard } = setUpSessionGuard(issuerKey, {
  // What comes twice is no matter here.
  replay: { bornAt: 0, spend: () => 'spent' },
  clientCertificates: { header: 'Client-Cert', proxies: [remoteAddress] },
})

/** `taken`, or the code of the refusal; anything else that happens is a failure. */
async function outcome(request: GuardRequest, demands: Demands): Promise<GuardErrorCode | 'taken'> {
  try {
    await guard.admit(request, demands)
    return 'taken'
  } catch (error) {
    if (error instanceof GuardError && error.status < 500) return error.code
    throw error
  }
}

const withProof = (proof: string): GuardRequest => ({
  method: 'GET',
  url: '/',
  rawHeaders: ['Authorization', `DPoP ${boundToken}`, 'DPoP', proof],
})
const withCertificate = (value: string): GuardRequest => ({
  method: 'GET',
  url: '/',
  rawHeaders: ['Authorization', `Bearer ${certifiedToken}`, 'Client-Cert', value],
  remoteAddress,
})

interface Damage {
  readonly at: number
  readonly drop: number
  readonly text: string
}
const damage: fc.Arbitrary<Damage> = fc.record({
  at: fc.nat(),
  drop: fc.oneof({ weight: 9, arbitrary: fc.nat(2) }, { weight: 1, arbitrary: fc.nat(2000) }),
  text: fc.oneof(
    fc.string({ unit: fc.constantFrom(...Array.from('AQgwa09-_+/=.,:;"() \t%')), maxLength: 3 }),
    fc.string({ unit: 'binary', maxLength: 8 }),
  ),
})
const apply = (text: string, { at, drop, text: put }: Damage): string => {
  const place = at % (text.length + 1)
  return text.slice(0, place) + put + text.slice(place + drop)
}

/** Beside what JSON has: names and values that mean something elsewhere. */
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(-1, 1e308, 2 ** 53, '', '__proto__', 'constructor', null, [], {}, { toString: 1 }, [[[]]]),
)
const members = (...names: readonly string[]) =>
  fc.dictionary(fc.oneof(fc.constantFrom(...names, '__proto__', 'toString'), fc.string()), value, { maxKeys: 3 })

test('a damaged DPoP proof is refused', async () => {
  const proof = client.makeProof({ accessToken: boundToken })
  expect(await outcome(withProof(proof), {})).toBe('taken')
  await fc.assert(
    fc.asyncProperty(damage, async (change) => {
      const damaged = apply(proof, change)
      expect((await outcome(withProof(damaged), {})) === 'taken').toBe(damaged === proof)
    }),
    { numRuns: 3000 },
  )
})

test('a DPoP proof may hold anything', async () => {
  const header = members('typ', 'alg', 'jwk', 'crit')
  const claims = members('jti', 'htm', 'htu', 'iat', 'ath', 'nonce')
  const jwk = members('kty', 'crv', 'x', 'y', 'alg', 'use', 'key_ops', 'ext')
  await fc.assert(
    fc.asyncProperty(header, claims, fc.option(jwk), async (header, claims, jwk) => {
      const given = { ...(jwk !== null && { jwk: { ...client.jwk, ...jwk } }), ...header }
      await outcome(withProof(client.makeProof({ accessToken: boundToken, header: given, claims })), {})
    }),
    { numRuns: 2000 },
  )
})

test('a DPoP proof may be any text', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), fc.string(), async (headerText, payloadText) => {
      await outcome(withProof(client.makeProof({ headerText, payloadText })), {})
      await outcome(withProof(headerText), {})
    }),
    { numRuns: 1000 },
  )
})

test('a signed request of which one field is damaged is refused, or the same', async () => {
  const request = signRequest(sessionToken, sessionKey('sig'), {})
  expect(await outcome(request, { proof: 'signature' })).toBe('taken')
  const field = fc.constantFrom('Signature-Input', 'Signature', 'Content-Digest')
  await fc.assert(
    fc.asyncProperty(field, damage, async (name, change) => {
      let isSame = false
      const damaged = withField(request, name, (line) => {
        const text = apply(line, change)
        isSame = text === line
        return text
      })
      expect((await outcome(damaged, { proof: 'signature' })) === 'taken').toBe(isSame)
    }),
    { numRuns: 3000 },
  )
})

test('a signature may have any parameters', async () => {
  const text = fc.string({ unit: fc.constantFrom(...Array.from('aZ09 -_";,=:()\\@')) })
  const bare = fc.oneof(fc.nat(), fc.integer(), text)
  const params = fc.dictionary(fc.constantFrom('created', 'expires', 'nonce', 'keyid', 'alg', 'tag', 'x'), bare)
  const components = fc.array(fc.oneof(fc.constantFrom('@method', '@target-uri', 'authorization', '@query'), text))
  await fc.assert(
    fc.asyncProperty(params, fc.option(components), async (params, components) => {
      const changes = { params, ...(components !== null && { components }) }
      await outcome(signRequest(sessionToken, sessionKey('sig'), changes), { proof: 'signature' })
    }),
    { numRuns: 1500 },
  )
})

test('a damaged sealed request is refused', async () => {
  const request = await sealRequest(sessionToken, sessionKey('seal-req'))
  expect(await outcome(request, { sealed: true })).toBe('taken')
  await fc.assert(
    fc.asyncProperty(damage, async (change) => {
      const damaged = Buffer.from(apply(request.sealed, change))
      const isSame = damaged.toString() === request.sealed
      expect((await outcome({ ...request, readBody: async () => damaged }, { sealed: true })) === 'taken').toBe(isSame)
    }),
    { numRuns: 2000 },
  )
})

test('a sealed request may have any header', async () => {
  const header = members('typ', 'cty', 'cs_dir', 'cs_htm', 'cs_htu', 'cs_ath', 'iat', 'nonce', 'zip', 'kid')
  await fc.assert(
    fc.asyncProperty(header, async (header) => {
      // `jose` seals only what it understands.
      const request = await sealRequest(sessionToken, sessionKey('seal-req'), { header }).catch(() => undefined)
      if (request !== undefined) await outcome(request, { sealed: true })
    }),
    { numRuns: 500 },
  )
})

test('a damaged certificate in a header is refused', async () => {
  const pem = encodeURIComponent(certificate.pem)
  for (const [form, mayDiffer] of [
    [`:${certificate.der.toString('base64')}:`, false],
    // One certificate has many texts: line ends, escapes.
    [pem, true],
  ] as const) {
    expect(await outcome(withCertificate(form), {})).toBe('taken')
    await fc.assert(
      fc.asyncProperty(damage, async (change) => {
        const damaged = apply(form, change)
        const isTaken = (await outcome(withCertificate(damaged), {})) === 'taken'
        if (isTaken && !mayDiffer) expect(damaged).toBe(form)
      }),
      { numRuns: 1000 },
    )
  }
})
