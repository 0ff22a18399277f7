import * as dpop from 'dpop'
import { expect, test } from 'vitest'
import { verifyDpopProof } from './verify-dpop-proof.ts'

for (const alg of ['ES256', 'Ed25519'] as const) {
  test(`a proof that the package dpop makes with ${alg} holds`, async () => {
    const keyPair = await dpop.generateKeyPair(alg)
    const [uri, accessToken, nonce] = ['https://api.example/a?b=c', 'token', 'nonce']
    const proof = await dpop.generateProof(keyPair, uri, 'POST', nonce, accessToken)
    const jkt = await dpop.calculateThumbprint(keyPair.publicKey)
    const expected = { method: 'POST', uri, accessToken, jkt, now: Date.now() / 1000, skew: 5 }
    expect(verifyDpopProof(proof, expected)).toMatchObject({ jkt, nonce, key: { alg } })
  })
}
