/** Roles, other passwords and sign-outs by the command, beside a running server. */

import { expect, test } from 'vitest'
import { expectFailure } from './command/expect-failure.ts'
import { openTerminal } from './command/terminal.ts'
import { refresh, signIn, tokensOf } from './harness/client.ts'

test('another password and a sign-out end every sign-in; a role opens and closes scopes', async () => {
  const terminal = await openTerminal()
  try {
    const { url } = await terminal.serve('serve --dev --port 0')
    const run = (command: string, input = '') => terminal.run(`${command} --dev --issuer ${url}`, { input })
    const audience = 'https://bank.example'
    await run(`apis create bank --audience ${audience} --scope read pay`)
    const app = 'clients create App --id bank-app --public --first-party --scope read pay'
    await run(`${app} --audience ${audience}`)
    expect((await run(`roles create teller --grant ${audience}=pay`)).stdout).toBe(
      `created role teller\n  grants  ${audience}=pay\n  next    countersign users set-roles NAME teller --dev --issuer ${url}\n`,
    )
    expect((await run('roles list')).stdout).toMatch(/^name +grants +created\nteller +https:\/\/bank\.example=pay /)
    expect((await run('roles list --json')).json()).toMatchObject([{ name: 'teller', scopes: { [audience]: ['pay'] } }])

    const berta = { username: 'berta', password: 'a-long-password-of-hers' }
    const created = await run('users create berta --role teller --password-stdin --json', `${berta.password}\n`)
    expect(created.json()).toMatchObject({ username: 'berta', roles: ['teller'] })
    const first = tokensOf(await signIn(url, berta))
    expect((await run('users revoke berta')).stdout).toMatch(/^ended 1 sign-in of berta: /)
    expect(await refresh(url, first.refreshToken)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect((await run('users revoke berta --json')).json()).toEqual({ username: 'berta', revoked: 0 })

    const second = tokensOf(await signIn(url, berta))
    const changed = await run('users set-password berta --password-stdin', 'an-other-tunnel-55\n')
    expect(changed.stdout).toMatch(/^changed the password of berta, who has to sign in again: /)
    expect(await refresh(url, second.refreshToken)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect(await signIn(url, berta)).toMatchObject({ status: 400, body: { error: 'invalid_credentials' } })
    expect((await signIn(url, { ...berta, password: 'an-other-tunnel-55' })).status).toBe(200)
    expect((await run('clients revoke countersign-cli --json')).json()).toEqual({ id: 'countersign-cli', revoked: 1 })

    expect((await run('users set-roles berta teller')).stdout).toMatch(/^roles of berta: teller /)
    // Between two spaces there is the empty text.
    expect((await run('users set-roles berta  --json')).json()).toMatchObject({ roles: [] })
    expectFailure(await run('users set-roles berta boss'), /\(user_invalid\)$/)
    expectFailure(
      await run('users set-password nobody --password-stdin', 'an-other-tunnel-55\n'),
      /\(user_not_found\)$/,
    )
    expectFailure(await run('users revoke nobody'), /\(user_not_found\)$/)
    expectFailure(await run('clients revoke nobody'), /\(client_not_found\)$/)
    expectFailure(await run(`roles create clerk --grant ${audience}`), /is no AUDIENCE=scope,scope/)
    expectFailure(await run(`roles create clerk --grant ${audience}=burn`), /\(role_invalid\)$/)
    expectFailure(await run('roles create teller'), /\(role_taken\)$/)
    expectFailure(await run('roles delete clerk'), /\(role_not_found\)$/)
    expectFailure(
      await run('roles delete teller'),
      /would be open to every user: --open-scopes deletes it anyway \(role_needed\)$/,
    )
    expect((await run('roles delete teller --open-scopes')).stdout).toBe('deleted role teller\n')
  } finally {
    await terminal.close()
  }
})
