/** A grant as tests need it: say what matters to the test, the rest is plain. */

import type { Grant } from '../../store/records.ts'

export function makeGrant(facts: Partial<Grant> = {}): Grant {
  return {
    id: 'g1',
    userId: 'd3b0a7a4-0f5e-4b52-8c5b-6f0f6f2f9a10',
    clientId: 'shop',
    scope: 'openid profile',
    resource: null,
    authTime: 1_700_000_000,
    amr: ['pwd'],
    acr: null,
    statusIndex: null,
    createdAt: 1_700_000_000,
    revokedAt: null,
    ...facts,
  }
}
