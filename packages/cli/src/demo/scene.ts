/** What the story is told with: a server, an administrator, and in time an API. `demo.ts` sets it. */

import type { Report } from './report.ts'
import type { SessionSecrets } from './session-secrets.ts'

export interface Stage {
  readonly issuer: string
  readonly audience: string
  /** Runs an administrator's command beside the running server. */
  readonly administer: (...args: string[]) => Promise<Record<string, unknown>>
  /** Starts the API and answers its base URL. */
  readonly startApi: (secrets: SessionSecrets) => Promise<string>
  readonly stopServer: () => Promise<void>
  readonly report: Report
}

/** With the API. */
export interface Scene extends Stage {
  /** Base URL of the API. */
  readonly api: string
  /** In seconds: by then it had started. */
  readonly apiStartedAt: number
}
