/** The URI that a request is for, as its client knows it: the public origin of this API, and the request target. */

import { normalizeHttpUri } from '@countersign/protocol'
import { GuardError } from './guard-error.ts'

/** A path, of this server or of a whole URI, and a query. No fragment: some routers read one as a query. */
const pathAndQuery = /^(?:https?:\/\/[^/?#]*)?\/[^#]*$/i
/** A path with a segment that is one or two dots, escaped or not. */
const dotSegment = /^[^?]*\/(?:\.|%2e){1,2}(?:[/?]|$)/i
/** A path with an escape that stands for a letter, a digit, or one of `-._~`: some routers match it undecoded. */
const needlessEscape = /^[^?]*%(?:2[de]|3\d|4[1-9a-f]|5[\daf]|6[1-9a-f]|7[\dae])/i

/**
 * Answers the origin in its one spelling, without a final slash.
 *
 * @throws {TypeError} if it is not an http(s) origin.
 */
export function parseOrigin(origin: string): string {
  const normal = normalizeHttpUri(origin)
  if (normal === undefined || !/^https?:\/\/[^/?]+\/$/.test(normal)) {
    throw new TypeError('origin must be an http or https origin, such as https://api.example')
  }
  return normal.slice(0, -1)
}

/**
 * Answers the target URI, normalised, with its query. The host that the request names is not asked: whoever sends it
 * writes it.
 *
 * @param origin As `parseOrigin` answers it.
 * @throws {GuardError} `invalid_request` for a target that is not of this API, or that routers read in different ways.
 */
export function targetUri(origin: string, target: string): string {
  const uri = normalizeHttpUri(target.startsWith('/') ? origin + target : target)
  const isAmbiguous = !pathAndQuery.test(target) || dotSegment.test(target) || needlessEscape.test(target)
  if (isAmbiguous || uri?.startsWith(`${origin}/`) !== true) {
    throw new GuardError('invalid_request', 'the request target is malformed, or not of this API')
  }
  return uri
}
