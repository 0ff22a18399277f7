/** What the codes of `ClientError` mean: packages/client/src/client-error.ts. */

import type { ClientErrorCode } from '@countersign/client'
import type { Explanations } from './explanation.ts'

export const clientCodes: Explanations<ClientErrorCode> = {
  credentials_refused: ['The username or the password is wrong', 'Ask the person again'],
  too_many_attempts: ['Too many attempts at this account or from here', 'Wait for `retryAfterSeconds`'],
  sign_in_expired: ['The sign-in took too long, or failed too often', 'Start anew'],
  sign_in_refused: [
    'The server does not let this client sign people in like this; `serverCode` says why',
    'Create the client with `--first-party`, and with the scopes and the audience that it asks for',
  ],
  origin_refused: [
    "A page that is not the issuer's would ask people for their password",
    "Send them to a page of the issuer's origin",
  ],
  not_signed_in: ['There is no session for this URL or resource', 'Sign in for that API'],
  session_ended: ['The session was revoked, has expired, or was used twice; it is removed here', 'Sign in again'],
  token_refused: [
    'The server refuses what is asked of a living session; `serverCode` says why',
    'Mostly the client or the API was created without it: a scope, session keys, an audience',
  ],
  token_not_bound: [
    'The server bound the token to no key: it is not used, because it would be worth stealing',
    'Look at the server: one that announces `dpop_signing_alg_values_supported` binds tokens',
  ],
  session_keys_refused: [
    'The API has no session keys',
    'Give it some: `apis create … --session-keys`, or `apis update AUDIENCE --session-keys`',
  ],
  url_insecure: ['The URL is neither https nor on this machine', 'Use https'],
  request_not_repeated: [
    'An answer asks for an unsafe request to be sent anew, or none came; it may have been done, and nothing would tell the API that the next one is the same',
    'Find out whether it was done; give such requests an `Idempotency-Key`, and a signature, which covers it',
  ],
  body_too_large: ['The body is more than a sealed one can hold (1 MiB)', 'Send it in parts'],
  sealed_request_refused: ['`HEAD` cannot be sealed: its answer has no body', 'Use `GET`'],
  sealed_answer_clear: [
    'Success came unsealed: somebody on the way may have made it',
    'Do not trust it. See that the route demands `sealed: true`',
  ],
  sealed_answer_refused: [
    'The sealed answer is not for this request, was changed, or does not open',
    'Do not trust it; see what is in between',
  ],
  network_failed: ['Nobody answered, or the answer broke off', 'Try again; whether the request was done is not known'],
  server_failed: ['The server cannot answer now', 'Try again after `retryAfterSeconds`'],
  answer_malformed: ['What came is not what the protocol says', 'See that `issuer` is a Countersign server'],
  storage_failed: ['The session cannot be read or kept', "See the path or the browser's storage in the message"],
}
