// Set-based loaders: one statement for all parents that ask for the same thing with the same arguments.
'use strict'

const DataLoader = require('dataloader')
const database = require('./database')

const NOTHING = { day: null, impressions: '0', clicks: '0', spend: '0' }

/** A loader of one row a key. */
function one (statement, ...values) {
  return new DataLoader(async (keys) => {
    const rows = new Map((await statement([keys, ...values])).map((row) => [row.id, row]))
    return keys.map((key) => rows.get(key) ?? null)
  })
}

/** A loader of the rows of each key, in the statement's order; *column* tells which key a row belongs to. */
function many (statement, column, ...values) {
  return new DataLoader(async (keys) => {
    const rows = new Map(keys.map((key) => [key, []]))
    for (const row of await statement([keys, ...values])) rows.get(row[column]).push(row)
    return keys.map((key) => rows.get(key))
  })
}

/** A loader for each list of arguments: made when these are first asked for. */
function each (make) {
  const made = new Map()
  return (...values) => {
    const name = values.join()
    if (!made.has(name)) made.set(name, make(...values))
    return made.get(name)
  }
}

/** The loaders of one request. A page's loader gives one row more than *first*, which tells that there are more. */
function loaders () {
  return {
    account: one(database.accounts),
    campaign: one(database.campaigns),
    campaigns: each((first) => many(database.campaignsOfAccounts, 'account_id', first + 1)),
    ads: each((first) => many(database.adsOfCampaigns, 'campaign_id', first + 1)),
    metricsOfCampaign: each((from, to) => one(database.metricsOfCampaigns, from, to)),
    metricsOfAd: each((from, to) => one(database.metricsOfAds, from, to)),
    daysOfCampaign: each((from, to) => many(database.daysOfCampaigns, 'id', from, to))
  }
}

module.exports = { loaders, NOTHING }
