/** A client that proves its requests to a server (RFC 9449) with a key of its own; the proofs are by the library `dpop`. */

import { generateKeyPair, generateProof } from 'dpop'
import type { KeyPair } from 'dpop'
import { postForm, send } from './client.ts'
import type { Answer, Form } from './client.ts'

/** Each asks once more where a nonce is wanted, with that nonce. */
export interface DpopClient {
  /** Posts a form to an endpoint of the issuer. */
  post(url: string, path: string, form: Form): Promise<Answer>
  /** Calls an endpoint with an access token that is bound to the key. */
  get(url: string, path: string, accessToken: string): Promise<Answer>
}

/** @param issuer What proofs are made for, whichever server of its store they go to. */
export async function dpopClient(issuer: string, ownKey?: KeyPair): Promise<DpopClient> {
  const key = ownKey ?? (await generateKeyPair('ES256'))
  let nonce: string | undefined

  const ask = async (
    [method, path, accessToken]: readonly [string, string, string?],
    act: (dpop: string) => Promise<Answer>,
  ): Promise<Answer> => {
    const attempt = async (): Promise<Answer> => {
      const answer = await act(await generateProof(key, issuer + path, method, nonce, accessToken))
      nonce = answer.headers.get('dpop-nonce') ?? nonce
      return answer
    }
    const first = await attempt()
    const challenge = first.headers.get('www-authenticate') ?? ''
    const wantsNonce = first.body['error'] === 'use_dpop_nonce' || challenge.includes('error="use_dpop_nonce"')
    return wantsNonce ? attempt() : first
  }
  return {
    post: (url, path, form) => ask(['POST', path], (dpop) => postForm(url + path, form, undefined, { dpop })),
    get: (url, path, accessToken) =>
      ask(['GET', path, accessToken], (dpop) =>
        send(url + path, { headers: { authorization: `DPoP ${accessToken}`, dpop } }),
      ),
  }
}
