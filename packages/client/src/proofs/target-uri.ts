/** How proofs spell the URL of a request: as the guard does that reads them. */

import { dpopTargetUri, normalizeHttpUri } from '@countersign/protocol'

/** With its query. The guard refuses what has no such spelling; it is for it to say so. */
export function targetUri({ href }: URL): string {
  return normalizeHttpUri(href) ?? href
}

/** Without its query (RFC 9449 §4.2). */
export function proofUri({ href, origin, pathname }: URL): string {
  return dpopTargetUri(href) ?? `${origin}${pathname}`
}
