/**
 * The schema, as steps that are only ever added to.
 *
 * Each step is one batch that first writes its own number: of two processes that start at once one is held up by the
 * database until the other is through, meets the number, and rolls back. So no other lock is needed.
 * The text is understood by SQLite and by PostgreSQL.
 */

import type { Executor, Statement } from '../executor.ts'
import { StoreError } from '../store-error.ts'

const migrations: readonly (readonly string[])[] = [
  [
    `create table user_account (
      id text not null primary key, username text not null, username_key text not null unique, email text,
      password_hash text not null, created_at bigint not null, created_by text not null, disabled_at bigint, disabled_by text)`,
    `create table client (
      id text not null primary key, name text not null, authentication text not null, secret_hash text, jwks text,
      grant_types text not null, scopes text not null, audiences text not null, first_party smallint not null,
      origins text not null, id_token_alg text not null, created_at bigint not null,
      created_by text not null)`,
    `create table api (
      audience text not null primary key, name text not null, scopes text not null, alg text not null,
      created_at bigint not null, created_by text not null)`,
    `create table signing_key (
      kid text not null primary key, ring text not null, alg text not null, generation integer not null,
      public_jwk text not null, sealed_private_jwk text not null, created_at bigint not null,
      active_at bigint not null, retired_at bigint, gone_at bigint, revoked_at bigint, revoked_by text,
      unique (ring, alg, generation))`,
    `create table auth_session (
      hash text not null primary key, client_id text not null, code_challenge text not null, scope text not null,
      resource text, nonce text, failures integer not null, expires_at bigint not null)`,
    `create index auth_session_expires_at on auth_session (expires_at)`,
    `create table oauth_grant (
      id text not null primary key, user_id text, client_id text not null, scope text not null, resource text,
      auth_time bigint, amr text not null, acr text, created_at bigint not null, revoked_at bigint, revoked_by text,
      ends_at bigint not null)`,
    `create index oauth_grant_user_id on oauth_grant (user_id)`,
    `create index oauth_grant_client_id on oauth_grant (client_id)`,
    `create index oauth_grant_ends_at on oauth_grant (ends_at)`,
    `create table authorization_code (
      hash text not null primary key, grant_id text not null references oauth_grant (id), client_id text not null,
      code_challenge text not null, nonce text, expires_at bigint not null, spent_at bigint, spent_by text)`,
    `create index authorization_code_grant_id on authorization_code (grant_id)`,
    `create table refresh_token (
      hash text not null primary key, grant_id text not null references oauth_grant (id), client_id text not null,
      expires_at bigint not null, family_expires_at bigint not null, spent_at bigint, spent_by text)`,
    `create index refresh_token_grant_id on refresh_token (grant_id)`,
    `create table audit_event (
      id text not null primary key, at bigint not null, type text not null, actor text not null, user_id text,
      client_id text, grant_id text, address text, detail text not null)`,
    `create table refusal_count (
      minute bigint not null, reason text not null, count bigint not null, primary key (minute, reason))`,
  ],
  [`alter table client add column serves text not null default '[]'`],
  [
    `alter table user_account add column roles text not null default '[]'`,
    `create table role (
      name text not null primary key, scopes text not null, created_at bigint not null, created_by text not null)`,
    `alter table client add column tls_subject text`,
    `alter table client add column certificate_thumbprints text not null default '[]'`,
    `alter table client add column dpop_bound smallint not null default 0`,
    `alter table api add column single_use_scopes text not null default '[]'`,
    `alter table api add column session_keys smallint not null default 0`,
    `create table api_secret (
      audience text not null, version integer not null, sealed_secret text not null, created_at bigint not null,
      created_by text not null, primary key (audience, version))`,
    `alter table auth_session add column dpop_jkt text`,
    `alter table authorization_code add column dpop_jkt text`,
    `alter table refresh_token add column jkt text`,
    `alter table oauth_grant add column status_index bigint`,
    `create unique index oauth_grant_status_index on oauth_grant (status_index)`,
    `create index oauth_grant_revoked_at on oauth_grant (revoked_at)`,
  ],
  [`alter table refresh_token add column successor_hash text`, `alter table refresh_token add column retried_by text`],
  [`alter table api_secret add column active_at bigint not null default 0`],
  [
    `create table spent_id (id text not null primary key, expires_at bigint not null)`,
    `create index spent_id_expires_at on spent_id (expires_at)`,
  ],
]

const plain = (sql: string): Statement => ({ sql, parameters: [] })

/**
 * Brings the schema to the version of this code. Safe when several processes start at once.
 *
 * @throws {StoreError} `store_too_new` if a newer version of the code made the database.
 */
export async function migrate(executor: Executor, steps: readonly (readonly string[])[] = migrations): Promise<void> {
  const readVersion = async (): Promise<number> => {
    const [rows] = await executor.run([plain('select coalesce(max(version), 0) as version from schema_migration')])
    return Number(rows?.[0]?.['version'])
  }

  await executor.run([plain('create table if not exists schema_migration (version integer not null primary key)')])
  let version = await readVersion()
  while (version < steps.length) {
    const step = version + 1
    try {
      await executor.run([
        plain(`insert into schema_migration (version) values (${String(step)})`),
        ...(steps[version] ?? []).map(plain),
      ])
    } catch (error) {
      const reached = await readVersion()
      if (reached < step) throw error
    }
    version = await readVersion()
  }
  if (version > steps.length) {
    throw new StoreError(
      'store_too_new',
      `the database has version ${String(version)} and this Countersign knows ${String(steps.length)}: start the newer Countersign, or restore a backup`,
    )
  }
}
