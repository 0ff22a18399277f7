/** How the demo hands its API what that shares with the server: in the environment, which no list of processes shows. */

export type SessionSecrets = Readonly<Record<string, string>>

const variable = 'COUNTERSIGN_DEMO_SESSION_SECRETS'

export function toEnvironment(secrets: SessionSecrets): NodeJS.ProcessEnv {
  return { [variable]: JSON.stringify(secrets) }
}

export function fromEnvironment(env: NodeJS.ProcessEnv): SessionSecrets {
  return JSON.parse(env[variable] ?? '{}') as SessionSecrets
}
