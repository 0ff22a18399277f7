/**
 * The token of a request: in the header `Authorization`, of the scheme `Bearer`, and nowhere else. A query ends in logs
 * and histories, and a cookie is sent by whatever page makes the browser send it.
 */

/** Undefined where the header is missing, of another scheme, or empty. */
export function readBearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer +(.+)$/i.exec(authorization ?? '')?.[1]
}
