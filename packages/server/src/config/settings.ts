/**
 * Settings from flags, the environment and `.env`, in this order. Everything wrong is reported at once, by name.
 *
 * What settings there are stands in `settings-table.ts`. Reads nothing from outside: the caller hands the sources in.
 */

import { parseEnv } from 'node:util'
import { checkSettings } from './check-settings.ts'
import { nearestName } from './nearest-name.ts'
import { SettingsError } from './settings-error.ts'
import type { SettingsProblem } from './settings-error.ts'
import { environmentName, settingsTable } from './settings-table.ts'
import type { Setting, Settings } from './settings-table.ts'

export interface SettingsSources {
  /** By the name of the flag in camelCase, as commander hands them over: `{ dev: true, port: '0', tlsCert: 'a.pem' }`. */
  readonly flags?: Readonly<Record<string, unknown>>
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The text of the `.env` file. Of its variables only those that begin with `COUNTERSIGN_` are looked at. */
  readonly dotenv?: string
}

/** @throws {SettingsError} that lists every unknown setting, wrong value and forbidden combination. */
export function parseSettings(sources: SettingsSources): Settings {
  const problems: SettingsProblem[] = []
  // By setting name; the first source that names a setting wins.
  const given = new Map<string, Given>()
  for (const one of gather(sources)) {
    const name = one.names.get(one.spelling)
    if (name === undefined) problems.push(unknownSetting(one))
    else if (!given.has(name)) given.set(name, one)
  }

  const entries = Object.entries(settingsTable) as [keyof Settings, Setting<unknown>][]
  const values = new Map<keyof Settings, unknown>()
  for (const [key, setting] of entries) {
    const one = given.get(setting.name)
    if (one === undefined) continue
    const value = setting.type.parse(one.text)
    values.set(key, value)
    if (value === undefined) problems.push(wrongValue(one, setting))
  }

  const dev = values.get('dev') === true
  const settings = Object.fromEntries(
    entries.map(([key, setting]) => [
      key,
      values.get(key) ?? (dev ? setting.devDefault : undefined) ?? setting.default,
    ]),
  ) as unknown as Settings
  const complete = { ...settings, issuer: settings.issuer ?? (dev ? localIssuer(settings, settings.port) : undefined) }
  // A combination is judged only where its parts could be read.
  if (problems.length === 0) problems.push(...checkSettings(complete))
  if (problems.length > 0) throw new SettingsError(problems)
  return complete
}

/** The address that the server listens on, as an issuer; `undefined` while the port is not known. */
export function localIssuer(settings: Pick<Settings, 'host' | 'tlsCert'>, port: number): string | undefined {
  if (port === 0) return undefined
  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host
  return new URL(`${settings.tlsCert === undefined ? 'http' : 'https'}://${host}:${port}`).origin
}

interface Given {
  /** As the operator wrote it. */
  readonly spelling: string
  readonly source: '' | ' in .env'
  readonly text: string
  /** What may be written there → the name of the setting. */
  readonly names: ReadonlyMap<string, string>
}

const all: readonly Setting<unknown>[] = Object.values(settingsTable)
const flagNames: ReadonlyMap<string, string> = new Map(
  all.filter((setting) => setting.secret === undefined).map(({ name }) => [`--${name}`, name]),
)
const environmentNames: ReadonlyMap<string, string> = new Map(
  all.map((setting) => [environmentName(setting), setting.name]),
)

function* gather({ flags = {}, env = {}, dotenv = '' }: SettingsSources): Generator<Given> {
  for (const [key, value] of Object.entries(flags)) {
    if (value === undefined) continue
    const spelling = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    yield { spelling, source: '', text: typeof value === 'string' ? value : JSON.stringify(value), names: flagNames }
  }
  for (const [source, variables] of [['', env] as const, [' in .env', parseEnv(dotenv)] as const]) {
    for (const [spelling, text] of Object.entries(variables)) {
      if (text === undefined || !spelling.startsWith('COUNTERSIGN_')) continue
      yield { spelling, source, text, names: environmentNames }
    }
  }
}

function unknownSetting({ spelling, source, names }: Given): SettingsProblem {
  const meant = nearestName(spelling, [...names.keys()])
  return {
    name: spelling + source,
    problem: 'is not a setting',
    mend: meant === undefined ? 'Remove it.' : `Did you mean ${meant}?`,
  }
}

function wrongValue({ spelling, source, text }: Given, setting: Setting<unknown>): SettingsProblem {
  const shown = setting.secret === undefined ? JSON.stringify(text.slice(0, 60)) : 'what it holds'
  return { name: spelling + source, problem: `cannot be ${shown}`, mend: `It takes ${setting.type.accepts}.` }
}
