/**
 * What a request says of its client: `Authorization: Basic`, or form parameters. Pure reading, strict.
 *
 * Whether it is true is left to `authenticate-client.ts`.
 */

import { OAuthError } from '@countersign/protocol'

export type Form = Readonly<Record<string, string>>

export type ClientCredentials =
  | { readonly method: 'none'; readonly clientId: string }
  | { readonly method: 'client_secret'; readonly clientId: string; readonly secret: string }
  | { readonly method: 'private_key_jwt'; readonly clientId: string | undefined; readonly assertion: string }

/** `client_assertion_type` of a JWT. @see RFC 7523 §2.2 */
export const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/**
 * Reads the one method that a request uses.
 *
 * @throws {OAuthError} `invalid_request` if it uses two, or says its client twice and differently.
 * @throws {OAuthError} `invalid_client` if it uses none or one we do not know, or writes it wrongly.
 * @see RFC 6749 §2.3
 */
export function parseClientCredentials(authorization: string | undefined, form: Form): ClientCredentials {
  const { client_id: clientId, client_secret: secret, client_assertion: assertion, client_assertion_type: type } = form
  const used = [authorization, secret, assertion ?? type].filter((credential) => credential !== undefined)
  if (used.length > 1) throw new OAuthError('invalid_request', 'the client must authenticate in one way only')

  if (authorization !== undefined) {
    const basic = parseBasic(authorization)
    if (clientId !== undefined && clientId !== basic.clientId) {
      throw new OAuthError('invalid_request', 'client_id is not the client of the Authorization header')
    }
    return basic
  }
  if (assertion !== undefined && type === jwtBearer) return { method: 'private_key_jwt', clientId, assertion }
  if (assertion !== undefined || type !== undefined) {
    throw new OAuthError('invalid_client', 'client_assertion goes with a client_assertion_type that we know')
  }
  if (clientId === undefined) throw new OAuthError('invalid_client', 'the request names no client')
  return secret === undefined ? { method: 'none', clientId } : { method: 'client_secret', clientId, secret }
}

/** Both parts are form-encoded before they are joined, so that a colon may be in either. @see RFC 6749 §2.3.1 */
function parseBasic(authorization: string): ClientCredentials {
  const base64 = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1]
  const bytes = Buffer.from(base64 ?? '', 'base64')
  const [clientId, secret, ...more] = bytes.toString('latin1').split(':').map(decodeFormText)
  // One byte string, one encoding: what does not encode back to itself was not canonical.
  if (bytes.toString('base64') !== base64 || !clientId || secret === undefined || more.length > 0) {
    throw new OAuthError('invalid_client', 'the Authorization header is not well-formed HTTP Basic')
  }
  return { method: 'client_secret', clientId, secret }
}

/** Answers `undefined` for what no client of ours can be: client ids and secrets are printable ASCII. */
function decodeFormText(text: string): string | undefined {
  const decoded = text.replaceAll('+', ' ').replace(/%([0-9a-f]{2})/gi, (_, hex: string) => {
    return String.fromCharCode(Number.parseInt(hex, 16))
  })
  return /%(?![0-9a-f]{2})/i.test(text) || !/^[\x20-\x7e]*$/.test(decoded) ? undefined : decoded
}
