/** A body may take as long as it likes: what was good at its first byte and is not at its last is refused. */

import { statusClaim } from '@countersign/protocol'
import { expect, test } from 'vitest'
import { makeKey, noon } from './guard.fixture.ts'
import type { ClaimChanges } from './guard.fixture.ts'
import type { GuardErrorCode } from './guard-error.ts'
import type { GuardRequest } from './guard-request.ts'
import type { Demands } from './demands.ts'
import type { GuardOptions } from './guard.ts'
import { proofMaker } from './proofs/dpop/dpop.fixture.ts'
import { sealRequest } from './proofs/sealed/sealed.fixture.ts'
import { mintSessionToken, sessionKey, setUpSessionGuard } from './proofs/session-keys.fixture.ts'
import { signRequest } from './proofs/signature/signature.fixture.ts'
import type { SignChanges } from './proofs/signature/signature.fixture.ts'
import { jwks, makeList, startStatusServer, tokenKey } from './status/status-server.fixture.ts'

const [issuerKey, client] = await Promise.all([makeKey('k1'), proofMaker()])

/** A guard, and requests whose body comes only after something has happened. */
function setUp(options: Partial<GuardOptions> = {}) {
  const { guard, clock } = setUpSessionGuard(issuerKey, options)
  let reads = 0
  const slowly = (request: GuardRequest, meanwhile: () => unknown): GuardRequest => ({
    ...request,
    readBody: async (maxBytes) => {
      reads++
      await meanwhile()
      return request.readBody!(maxBytes)
    },
  })
  const pass = (seconds: number) => () => void (clock.now += seconds)
  return { guard, slowly, pass, reads: () => reads }
}

function signed(claims: ClaimChanges = {}, changes: SignChanges = {}): GuardRequest {
  const token = mintSessionToken(issuerKey, claims)
  return signRequest(token, sessionKey('sig', claims), { params: { expires: noon + 300 }, ...changes })
}

function proven(): GuardRequest {
  const token = mintSessionToken(issuerKey, { cnf: { jkt: client.jkt } })
  const proof = client.makeProof({ accessToken: token, claims: { htm: 'POST', htu: 'https://api.example/transfers' } })
  return signRequest(token, sessionKey('sig'), {
    key: client.key,
    authorization: `DPoP ${token}`,
    target: '/transfers',
    params: { expires: noon + 300, alg: 'ecdsa-p256-sha256', keyid: client.jkt },
    fields: { DPoP: proof },
  })
}

const sealed = (): Promise<GuardRequest> => {
  const token = mintSessionToken(issuerKey)
  return sealRequest(token, sessionKey('seal-req'))
}

const cases: readonly {
  readonly name: string
  readonly demands: Demands
  readonly request: () => GuardRequest | Promise<GuardRequest>
  /** How many seconds it is good for. */
  readonly seconds: number
  readonly code: GuardErrorCode
}[] = [
  { name: 'the token', demands: { proof: 'signature' }, request: signed, seconds: 244, code: 'token_expired' },
  {
    name: 'the time since the user signed in',
    demands: { proof: 'signature', maxAgeSeconds: 120 },
    request: signed,
    seconds: 25,
    code: 'insufficient_user_authentication',
  },
  {
    name: 'the signature',
    demands: { proof: 'signature' },
    request: () => signed({}, { params: { expires: noon + 30 } }),
    seconds: 34,
    code: 'signature_expired',
  },
  {
    name: 'the DPoP proof',
    demands: { proof: ['dpop', 'signature'] },
    request: proven,
    seconds: 60,
    code: 'dpop_proof_expired',
  },
  { name: 'the seal', demands: { sealed: true }, request: sealed, seconds: 65, code: 'sealed_expired' },
]

for (const { name, demands, request, seconds, code } of cases) {
  test(`is refused where ${name} ends before the body does`, async () => {
    const { guard, slowly, pass, reads } = setUp()
    const { body } = await guard.admit(slowly(await request(), pass(seconds)), demands)
    expect(Buffer.from(body!).toString()).toBe('{"amount":1}')
    const late = setUp()
    const refused = late.guard.admit(late.slowly(await request(), late.pass(seconds + 1)), demands)
    await expect(refused).rejects.toMatchObject({ name: 'GuardError', code })
    expect([reads(), late.reads()]).toEqual([1, 1])
  })
}

test('is refused where the token is revoked before the body ends', async () => {
  const server = await startStatusServer()
  try {
    const { issuer, uri } = server
    const claims = { iss: issuer, status: statusClaim(issuer, 7) }
    const { guard, slowly, pass } = setUp({ issuer, keys: { keys: jwks }, status: 'required' })
    const token = mintSessionToken(tokenKey, claims)
    const request = signRequest(token, sessionKey('sig', claims))
    server.publish(makeList({ uri }))
    const revoked = async (): Promise<void> => {
      pass(2)()
      server.publish(makeList({ uri, revoked: [7] }))
      const { requests } = server
      await expect.poll(() => server.requests, { timeout: 5000 }).toBeGreaterThan(requests + 1)
    }
    await expect(guard.admit(slowly(request, revoked), { proof: 'signature' })).rejects.toMatchObject({
      code: 'token_revoked',
    })
    guard.close()
  } finally {
    await server.close()
  }
})

test('is spent once, whenever its body came', async () => {
  const { guard, slowly, pass } = setUp()
  const request = signed()
  await guard.admit(slowly(request, pass(30)), { proof: 'signature' })
  await expect(guard.admit(slowly(request, pass(30)), { proof: 'signature' })).rejects.toMatchObject({
    code: 'signature_replayed',
  })
})
