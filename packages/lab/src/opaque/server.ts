/**
 * The server of `opaque`: whoever logs in is given a random token, and whoever shows it is who logged in.
 *
 * The token says nothing by itself; all that is known of it lies in `sessions.ts`. Nobody proves anything at login.
 */

import type { RunningServer, ServerOptions } from '../running-server.ts'
import { HttpRefusal } from '../wire/http-refusal.ts'
import { startHttpServer } from '../wire/http-server.ts'
import type { HttpRoute } from '../wire/http-server.ts'
import { createSessions } from './sessions.ts'
import type { Sessions } from './sessions.ts'

const longestId = 254

export function startOpaqueServer(
  options: ServerOptions,
  sessions: Sessions = createSessions(),
): Promise<RunningServer> {
  const login: HttpRoute = ({ field }) => {
    const id = field('id') ?? ''
    if (id === '') throw new HttpRefusal(400, 'Missing id')
    if (Array.from(id).length > longestId || /\p{Cc}/u.test(id)) throw new HttpRefusal(400, 'Invalid id')
    return { status: 200, body: { message: 'Login successful', token: sessions.open(id) } }
  }

  const echo: HttpRoute = ({ field }) => {
    // Before the text is looked at: who has no token learns nothing of what else is wrong.
    if (!sessions.isOpen(field('id') ?? '', field('token') ?? '')) throw new HttpRefusal(401, 'Invalid token')
    const text = field('text') ?? ''
    if (text === '') throw new HttpRefusal(400, 'Missing text')
    return { status: 200, body: `You said: ${text}` }
  }

  const greet: HttpRoute = () => ({ status: 200, body: 'Authentication server running' })
  return startHttpServer({ '/': { GET: greet }, '/login': { POST: login }, '/echo': { POST: echo } }, options)
}
