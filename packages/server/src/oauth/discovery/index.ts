/**
 * Discovery: who this server is, what it can do and which keys it signs with, for anybody.
 *
 * What the documents say follows from @countersign/protocol; the keys from the key rings.
 */

export { discoveryDocuments } from './discovery-route.ts'
export type { DiscoveryDeps } from './discovery-route.ts'
