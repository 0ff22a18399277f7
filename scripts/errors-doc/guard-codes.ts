/** What the guard's codes mean. Their statuses stand in packages/guard/src/guard-error.ts. */

import type { GuardErrorCode } from '@countersign/guard'
import type { Explanations } from './explanation.ts'

export const guardCodes: Explanations<GuardErrorCode> = {
  missing_token: [
    'There is no `Authorization` header, or one of another scheme than `Bearer` and `DPoP`',
    'Send an access token in the header; in the query or the body it is not looked for',
  ],
  invalid_request: [
    'There are two `Authorization` headers, or one that is no token; or the request target is one that routers read in different ways',
    'Send one header and a plain path, without dot segments, fragment or needless escapes',
  ],
  token_malformed: [
    'The token is no JWT, or not in its one spelling',
    'Send it as it came, byte by byte; look for cut, padded or quoted tokens',
  ],
  token_too_large: [
    'The token is longer than any that is taken',
    'See what issued it: no token of a Countersign server gets this long',
  ],
  token_algorithm_refused: [
    'The header names another algorithm than the key is for',
    'Get a new token. The issuer never signs so: somebody may have altered this one',
  ],
  token_header_refused: [
    'The header demands an extension that the guard does not know, or a member has the wrong type',
    'Get a new token. The issuer makes none like this',
  ],
  token_key_unknown: [
    'The issuer has no such key, or has none any more',
    'Get a new token. If that is refused, too, compare the `issuer` and `keys` of the guard with the server',
  ],
  token_signature_invalid: [
    'The signature does not hold: the token was altered, or is forged',
    'Get a new token, and find out who changed this one',
  ],
  token_expired: ['Its time is over ("exp")', 'Get a new one; if it is new, compare the clocks'],
  token_not_yet_valid: ['Its time has not begun ("nbf", "iat")', 'Compare the clocks of server and API'],
  token_issuer_mismatch: [
    'It is of another issuer ("iss")',
    'Give the guard the `issuer` exactly as the server has it, slash by slash',
  ],
  token_audience_mismatch: [
    'It is for another API ("aud")',
    'Ask the token endpoint with `resource` = the `audience` of this guard',
  ],
  token_type_mismatch: [
    'It is no access token, but for example an ID token ("typ")',
    'Send the `access_token` of the answer',
  ],
  token_claim_missing: [
    'It lacks a claim that RFC 9068 demands',
    'See what issued it: a Countersign server puts it in',
  ],
  token_claim_invalid: ['A claim has the wrong type', 'See what issued it'],
  proof_required: [
    'The token is bound to a key, and the guard takes no proof for it',
    "Set the guard's `origin`, so that it can verify DPoP proofs; or get a token without a proof",
  ],
  insufficient_scope: [
    'The token lacks a scope that the route demands; the challenge names them',
    'Ask for it; if it does not come, the client or the roles of the user do not give it',
  ],
  insufficient_role: [
    'The user has none of the roles that the route demands',
    '`countersign users set-roles`; it counts from the next sign-in',
  ],
  insufficient_user_authentication: [
    'The user signed in too long ago, or not in a way that the route demands (RFC 9470)',
    'Let them sign in again; the challenge has `max_age` and `acr_values`',
  ],
  single_use_required: [
    'The route demands a single-use token',
    'Ask the token endpoint with `single_use=true`, for each call anew',
  ],
  token_replayed: [
    'The single-use token was spent before',
    'Get another one for each call. If you sent it once, somebody else did, too',
  ],
  dpop_proof_required: [
    'The route or the token demands a DPoP proof, and there is none; or a bound token came as `Bearer`',
    'Send `Authorization: DPoP …` and a proof by the key of the token',
  ],
  dpop_proof_duplicated: ['There are two `DPoP` headers', 'Send one; look for a proxy that adds its own'],
  dpop_proof_malformed: ['The proof is no compact JWS of two JSON objects', 'Build it as RFC 9449 §4.2 says'],
  dpop_proof_too_large: ['The proof is longer than 8 KiB', 'Leave out what RFC 9449 does not ask for'],
  dpop_type_mismatch: ['Its "typ" is not `dpop+jwt`', 'Set it'],
  dpop_algorithm_refused: ['It is signed by another algorithm than ES256 and Ed25519', 'Use one of these'],
  dpop_key_refused: [
    'The "jwk" in its header is missing, private, symmetric or no sound key',
    'Put the public key there, and nothing of the private one',
  ],
  dpop_header_refused: [
    'The header names a second key, or demands an extension',
    'Leave out "kid", "x5c", "crit" and the like',
  ],
  dpop_signature_invalid: ['The signature of the proof does not hold', 'Sign with the key that "jwk" shows'],
  dpop_claim_missing: ['The proof lacks "jti", "htm", "htu", "iat" or "ath"', 'Add it'],
  dpop_claim_invalid: ['A claim of the proof has the wrong type', 'Mend it; "iat" is a number'],
  dpop_method_mismatch: ['"htm" is not the method of the request', 'Make a proof for each request'],
  dpop_uri_mismatch: [
    '"htu" is not the URI of the request, under the guard\'s `origin`',
    'Make it of the URL that the client calls; set `origin` to how clients spell it, not to what a proxy calls',
  ],
  dpop_proof_expired: [
    'The proof is older than a minute',
    'Make one for each request; if it is new, compare the clocks',
  ],
  dpop_proof_in_future: ['The proof is from the future ("iat")', 'Compare the clocks'],
  dpop_token_mismatch: ['"ath" is the hash of another token', 'Make the proof for the token that goes along'],
  dpop_key_mismatch: [
    'The token is bound to another key than that of the proof',
    'Sign with the key that the token was asked for with. If you did not ask for it, it is not yours',
  ],
  dpop_token_unbound: [
    'The route demands a proof, and the token is bound to no key',
    'Ask the token endpoint with a proof, so that the token is bound',
  ],
  dpop_nonce_required: [
    "The proof must have a nonce of the guard's",
    'Send it again with the `DPoP-Nonce` of this answer; CORS must expose that header',
  ],
  dpop_nonce_refused: [
    "The nonce is not the guard's, or too old",
    'Send it again with the `DPoP-Nonce` of this answer',
  ],
  dpop_proof_replayed: [
    'The proof was used before',
    'Make one for each request, with a new "jti". If you did, somebody sends yours again',
  ],
  certificate_required: [
    "The route or the token demands the client's certificate, and there is none",
    'Present it in TLS; let the server ask for one, or the proxy hand it over',
  ],
  certificate_malformed: [
    'What the proxy hands over is no certificate',
    "Use the form of RFC 9440, or nginx's `$ssl_client_escaped_cert`",
  ],
  certificate_duplicated: [
    'There are two headers with a certificate',
    'Let the proxy remove the header from what clients send',
  ],
  certificate_source_refused: [
    "The header came from an address that is not a proxy of the guard's",
    'Name the address in `proxies`, if it is one; otherwise somebody tries to be another',
  ],
  certificate_mismatch: [
    'The token is bound to another certificate',
    'Present the one that the token was asked for with',
  ],
  certificate_token_unbound: [
    'The route demands a certificate, and the token is bound to none',
    'Let the client authenticate by its certificate at the token endpoint',
  ],
  signature_required: [
    'The route demands a signed request, and there is no signature for this API',
    "Sign it (RFC 9421), with tag `countersign`; the client does it with `proof: 'signature'`",
  ],
  signature_malformed: [
    '`Signature` or `Signature-Input` is no dictionary in its one spelling',
    'Write it as RFC 9421 and RFC 8941 say',
  ],
  signature_duplicated: ['Two signatures are for this API', 'Send one'],
  signature_component_missing: [
    'The signature does not cover all that it must, or covers what the request lacks',
    'Cover `@method`, `@target-uri`, `authorization`, with a body `content-digest`, and the fields `Content-Encoding`, `Idempotency-Key` and `Sealed-Request` if they come along',
  ],
  signature_component_refused: [
    'It covers something that is not taken, or too many components',
    'Cover header fields and what is demanded',
  ],
  signature_parameter_missing: ['It lacks one of "created", "expires", "nonce", "keyid", "alg", "tag"', 'Add it'],
  signature_parameter_invalid: [
    'One of its parameters is wrong, or one too many',
    'It may last for 300 seconds at most; the nonce is random',
  ],
  signature_algorithm_refused: [
    'The algorithm is not taken, or not that of the key; or it is an HMAC, and the route demands `dpop` too',
    'Use the one of the key; beside `dpop`, sign with the key of the DPoP proof',
  ],
  signature_key_unknown: [
    '"keyid" is neither the token\'s session key nor the key of the DPoP proof beside it',
    'Name the token\'s "jti", or the thumbprint of the proof\'s key, and send that proof',
  ],
  signature_invalid: [
    'The signature does not hold for this request',
    'Look for a proxy that changes method, URL or fields; otherwise somebody did',
  ],
  signature_expired: ['Its time is over', 'Sign each request when it is sent; compare the clocks'],
  signature_in_future: ['It was made in the future', 'Compare the clocks'],
  signature_replayed: ['It was used before', 'Sign each request anew. If you did, somebody sends yours again'],
  digest_missing: ['There is a body, and no SHA-256 or SHA-512 of it', 'Add `Content-Digest` (RFC 9530)'],
  digest_malformed: ['`Content-Digest` is no dictionary in its one spelling', 'Write it as RFC 9530 says'],
  digest_mismatch: [
    'The body is not the one that was signed',
    'Look for a proxy that changes or compresses bodies; otherwise somebody did',
  ],
  session_key_unavailable: [
    'The token has no session keys, or of a version that the guard does not have',
    'Ask with `session_keys=true`; give the guard every secret that `countersign apis secret` prints',
  ],
  sealed_required: ['The route demands a sealed body', 'Seal it: `sealed: true` at the client'],
  sealed_malformed: [
    'The sealed request is no compact JWE, is compressed, comes in two places, or is a body in a header field',
    'Send it once, as it was sealed',
  ],
  sealed_header_refused: [
    'Its header lacks a member, or has a wrong one',
    'Use the members that the [guide](../guides/proofs.md#at-the-client) names',
  ],
  sealed_decryption_failed: [
    'It does not open: it was changed, or sealed with another key',
    'Seal it with the keys of this token. If you did, somebody changed it',
  ],
  sealed_mismatch: ['It was sealed for another method, URL or token', 'Seal each request for itself'],
  sealed_expired: ['It was sealed too long ago', 'Seal each request when it is sent; compare the clocks'],
  sealed_in_future: ['It was sealed in the future', 'Compare the clocks'],
  sealed_replayed: ['It was used before', 'Seal each request anew. If you did, somebody sends yours again'],
  token_revoked: ['The sign-in, or what else the token came from, was ended', 'Sign in again, or get a new token'],
  status_missing: [
    'The guard asks for the status of tokens, and this one names no list',
    'Let the issuer put it in; a Countersign server does',
  ],
  status_list_refused: [
    'It names a list that is not of its issuer, or a place that the list does not have',
    'Compare the `issuer` of the guard with the server',
  ],
  status_unavailable: [
    "The issuer's list cannot be had, and the last one has ended",
    'See why the API does not reach the issuer; callers try again',
  ],
  status_list_invalid: [
    'What came in place of the list is none, is signed by another key, or has ended',
    "See what answers at the issuer's `/oauth/status/`: a proxy, or a page of its own",
  ],
  body_too_large: ['The body is larger than the guard reads (1 MiB)', 'Send less, or in parts'],
  body_incomplete: ['The client went before the end of its body', 'Send it again'],
  answer_unsealable: [
    'What the handler answered is too large to be sealed, or compressed',
    'Answer less than 1 MiB, and compress nothing in front of the guard',
  ],
  replay_store_reset: [
    'The token, signature or sealed body is older than the memory of the replay store, which may have forgotten it',
    'Get a new one; after a start of the API this is so for some seconds',
  ],
  replay_store_full: [
    'The replay store holds as much as it may',
    'Give it more room (`maxEntries` of `memoryReplayStore`); callers try again',
  ],
  replay_store_unavailable: ['The replay store does not answer', 'See why; callers try again'],
  replay_store_missing: ['A single-use token or a proof came to a guard without a replay store', 'Set its `replay`'],
  keys_unavailable: [
    'There is no JWK Set that is fresh enough',
    'See why the API does not reach the issuer; callers try again',
  ],
}

/** The headings of the page, and which codes stand under each: the first that fits. */
export const guardGroups: readonly (readonly [title: string, codes: RegExp])[] = [
  ['The token', /^(missing_token|invalid_request|proof_required|token_(?!replayed|revoked))/],
  ['What the route demands', /^(insufficient_|single_use_)/],
  ['DPoP proofs', /^dpop_/],
  ['Certificates', /^certificate_/],
  ['Signed requests', /^(signature_|digest_|session_key_)/],
  ['Sealed bodies', /^(sealed_|body_|answer_)/],
  ['Revocation', /^(token_revoked|status_)/],
  ['Spending, and what it needs', /./],
]
