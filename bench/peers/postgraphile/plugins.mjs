// What is added to the generated schema: roots that check the caller, and tags that hide what nobody asks for.
import { TYPES } from 'postgraphile/@dataplan/pg'
import { context } from 'postgraphile/grafast'
import { extendSchema, pgSmartTags } from 'postgraphile/utils'
import { sql } from 'postgraphile/pg-sql2'

/** SQL: the sessions of the request's token that hold; used as `from ...`. */
const session = (hash) => sql`session s where s.token_hash = ${hash} and s.expires_at > now() and s.revoked_at is null`

/** SQL: the accounts where the request's caller is a member, at any level. */
const accounts = (hash) => sql`(
  select m.account_id from membership m
  where m.status = 'ACTIVE' and m.user_id = (select s.user_id from ${session(hash)}))`

/** A step of the row of *resource* for which *condition*(alias, placeholder of the token's hash) holds. */
function guarded (resource, spec, condition) {
  const $row = resource.get(spec)
  const $rows = $row.getClassStep()
  $rows.where(condition($rows.alias, $rows.placeholder(context().get('tokenHash'), TYPES.text)))
  return $row
}

export const roots = extendSchema((build) => {
  const { user, account, campaign, bench_postgraphile_update_campaign_budget: updateBudget } = build.pgResources
  return {
    typeDefs: `
      extend type Query { viewer: User account(id: UUID!): Account campaign(id: UUID!): Campaign }
      extend type Mutation { campaignUpdate(id: UUID!, totalBudgetMicros: BigInt!): Campaign }
    `,
    objects: {
      Query: {
        plans: {
          viewer () {
            const $users = user.find()
            const hash = $users.placeholder(context().get('tokenHash'), TYPES.text)
            $users.where(sql`${$users.alias}.id = (select s.user_id from ${session(hash)})`)
            return $users.single()
          },
          account: (_, { $id }) => guarded(account, { id: $id },
            (alias, hash) => sql`${alias}.id in ${accounts(hash)}`),
          campaign: (_, { $id }) => guarded(campaign, { id: $id },
            (alias, hash) => sql`${alias}.account_id in ${accounts(hash)}`)
        }
      },
      Mutation: {
        plans: {
          campaignUpdate: (_, { $id, $totalBudgetMicros }) => updateBudget.execute([
            { step: context().get('tokenHash'), pgCodec: TYPES.text },
            { step: $id, pgCodec: TYPES.uuid },
            { step: $totalBudgetMicros, pgCodec: TYPES.bigint }
          ], 'mutation')
        }
      }
    }
  }
})

export const tags = pgSmartTags([
  { kind: 'attribute', match: 'membership.status', tags: { behavior: '+filterBy' } },
  { kind: 'procedure', match: 'ratio', tags: { behavior: '-queryField' } },
  { kind: 'procedure', match: 'update_campaign_budget', tags: { behavior: '-mutationField' } },
  ...['campaign_metrics', 'ad_metrics', 'campaign_daily_metrics'].map((match) => ({
    kind: 'procedure', match, tags: { behavior: 'typeField +list -connection' }
  }))
])
