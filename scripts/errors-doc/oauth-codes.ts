/** What the OAuth codes mean at the server. Their statuses stand in packages/protocol/src/oauth-error.ts. */

import type { OAuthErrorCode } from '@countersign/protocol'
import type { Explanations } from './explanation.ts'

export const oauthCodes: Explanations<OAuthErrorCode> = {
  invalid_request: [
    'A parameter is missing, repeated or malformed; or the body, the path or the method is wrong, with the status of that (404, 405, 413, 415 …). In a token exchange also: this token is not exchanged',
    'The description says which',
  ],
  invalid_client: [
    'The client is unknown, or does not prove that it is the one; one text for both',
    'Compare the client ID, and how the client was created: `countersign clients list`',
  ],
  invalid_grant: [
    "The code or refresh token is unknown, expired, spent, another client's, or of a key that is not proven; or the token to revoke is another client's",
    'Sign in again. If it was used once only, somebody else used it: the sign-in has ended',
  ],
  unauthorized_client: [
    'The client may not use this grant type, or this endpoint',
    'Create it with `--grant`, or with `--first-party` if it signs people in',
  ],
  unsupported_grant_type: ['There is no such grant type', 'Use one that the metadata lists'],
  unsupported_response_type: ['`response_type` is not `code`', 'Send `code`'],
  invalid_scope: [
    'A scope is malformed, was not granted, or is not open to the client at this API',
    'Ask for less, or give the client and the API the scope',
  ],
  access_denied: [
    'With 403: a page of a foreign origin asks for a password',
    "Use the issuer's origin, or one that the client was created with (`--origin`)",
  ],
  server_error: [
    'The server failed. With 501: it cannot do that at all',
    'The log has the reason, beside the `X-Request-Id` of the answer',
  ],
  temporarily_unavailable: [
    'Too much to do, a store that does not answer, or something that cannot be told to be new',
    'Try again after `Retry-After`; a proof or an assertion must be made anew',
  ],
  invalid_token: [
    'At userinfo: there is no token, or it is forged, expired, revoked or for another audience',
    'Get a new one, for the issuer itself',
  ],
  insufficient_scope: ['At userinfo: the token lacks scope `openid`', 'Ask for it at the sign-in'],
  insufficient_user_authentication: [
    'In the challenge of a guard: the user signed in too long ago, or in another way than demanded',
    'Let them sign in again',
  ],
  invalid_dpop_proof: [
    'The DPoP proof does not hold, or is missing where the client gets bound tokens only. 401 at userinfo',
    'The description says which rule; make a new proof for each request',
  ],
  use_dpop_nonce: [
    "The proof needs a nonce of the server's. 401 at userinfo",
    'Send it again, with the `DPoP-Nonce` of this answer in it',
  ],
  unsupported_token_type: [
    'The token to revoke came of an exchange: it ends with the sign-in of the app that it came from',
    'Leave it: it lives for minutes; the app or the operator can end the sign-in',
  ],
  invalid_target: [
    '`resource` is no absolute URI, was not granted, is unknown, or is not open to the client',
    'Name an audience of `countersign apis list` that the client was created with (`--audience`)',
  ],
  insufficient_authorization: [
    'No refusal: more is needed to sign in',
    'Send what `methods` lists, and the `auth_session` of this answer',
  ],
  invalid_session: [
    'The `auth_session` is spent, expired, of another request, or has failed five times',
    'Start the sign-in again without it',
  ],
  invalid_credentials: ['The username or the password is wrong; one text for both', 'Ask for them again'],
  slow_down: ['Too many attempts at an account or from an address', 'Wait for `Retry-After`'],
}
