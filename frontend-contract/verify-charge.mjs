// Verifies what an account was charged: recomputes digests and sums from the clicks (README.md, "Proof").
// ENDCAP_TOKEN=... node verify-charge.mjs --url https://ads.example --account ID     or --charge ID
// Ends with 0: all agrees; 1: something does not; 2: it could not be read. Needs Node 20, and nothing else.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";

const USAGE = "usage: ENDCAP_TOKEN=TOKEN node verify-charge.mjs --url ADDRESS (--account ID | --charge ID)";
const TRIES = 3; // while clicks come in, what was read first is older than what was read last
const [OK, DIFFERENT, UNREADABLE] = [0, 1, 2];

class Unreadable extends Error {}

const sha256 = (text) => createHash("sha256").update(text, "utf8").digest("hex");
const sum = (amounts) => amounts.reduce((left, right) => left + right, 0n);
const micros = (money) => BigInt(money.micros);
const document = (name) => readFile(new URL(`operations/${name}.graphql`, import.meta.url), "utf8");

/** The digest of a charge: a chain of its lines in their order. */
function digestOf(lines) {
  return lines.reduce(
    (before, { clickId, adId, auctionId, at, cost }) =>
      sha256([before, clickId, adId, auctionId, at, cost.micros].join(" ")),
    "",
  );
}

/** The digest of an account: of the sorted ids and digests of all charges with a click. */
function digestOfAll(charges) {
  const told = charges.filter((charge) => charge.lines.length > 0).map(({ id, digest }) => `${id} ${digest}`);
  return sha256(told.sort().join("\n"));
}

/** What does not agree in a charge, the most telling first. */
function differences(charge) {
  const cost = sum(charge.lines.map((line) => micros(line.cost)));
  const accrued = micros(charge.carriedIn) + cost - micros(charge.reversed);
  const billed = micros(charge.amount) + micros(charge.carriedOut);
  const clicks = new Set(charge.lines.map((line) => line.clickId));
  return [
    ...compared("digest", charge.lines.length ? digestOf(charge.lines) : "", charge.digest),
    ...compared("carriedIn + cost of the lines - reversed", accrued, billed, "amount + carriedOut"),
    ...compared("different clicks", clicks.size, charge.lines.length, "lines"),
    ...charge.lines
      .filter((line) => line.cost.currency !== charge.amount.currency)
      .map((line) => `click ${line.clickId} is in ${line.cost.currency}, the charge in ${charge.amount.currency}`),
  ];
}

/** What does not agree between an account's proof and its charges. */
function differencesOfAll(proof, charges) {
  const valid = charges.flatMap((charge) => charge.lines).filter((line) => !line.invalid);
  const closed = charges.filter((charge) => charge.status !== "ACCRUING");
  const open = charges.filter((charge) => charge.status === "ACCRUING");
  const amount = (of) => sum(of.map((charge) => micros(charge.amount)));
  const net = micros(proof.charged) - micros(proof.credited);
  return [
    ...compared("digest of all charges", digestOfAll(charges), proof.digest, "proof.digest"),
    ...compared("valid clicks", BigInt(valid.length), BigInt(proof.validClicks), "proof.validClicks"),
    ...compared("cost of valid clicks", sum(valid.map((line) => micros(line.cost))), micros(proof.clickCost), "proof.clickCost"),
    ...compared("amounts of closed charges", amount(closed), micros(proof.charged), "proof.charged"),
    ...compared("credits of all charges", sum(charges.map((charge) => micros(charge.credited))), micros(proof.credited), "proof.credited"),
    ...compared("amounts of open charges", amount(open), micros(proof.unbilled), "proof.unbilled"),
    ...(net > micros(proof.clickCost) ? [`charged less credited is ${net}, more than the clicks cost`] : []),
    ...(proof.balanced ? [] : ["proof.balanced is false"]),
  ];
}

function compared(name, made, told, toldName = "the charge's") {
  return made === told ? [] : [`${name}: ${made || "none"}, but ${toldName}: ${told || "none"}`];
}

/** A client of one installation. */
function client(address, token) {
  const url = new URL("graphql", address.endsWith("/") ? address : `${address}/`);
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return async function ask(query, variables) {
    for (let tries = 1; ; tries++) {
      const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ query, variables }) }).catch((fault) => {
        throw new Unreadable(`${url} cannot be reached: ${fault.cause?.message ?? fault.message}`);
      });
      const later = Number(response.headers.get("retry-after"));
      if ([429, 503].includes(response.status) && tries < TRIES) {
        await wait(1000 * Math.min(later || 1, 30));
        continue;
      }
      const body = await response.json().catch(() => null);
      if (!body) throw new Unreadable(`${url} answers ${response.status}, and no JSON`);
      if (body.errors?.length) throw new Unreadable(body.errors.map((error) => error.message).join("; "));
      return body.data;
    }
  };
}

/** A charge with all its lines. */
async function readCharge(ask, id) {
  const query = await document("VerifyCharge");
  const lines = [];
  for (let after = null; ; ) {
    const { charge } = await ask(query, { id, after });
    if (!charge) throw new Unreadable(`there is no charge ${id}, or this token may not see it`);
    lines.push(...charge.lines.nodes);
    if (!charge.lines.pageInfo.hasNextPage) return { ...charge, lines };
    after = charge.lines.pageInfo.endCursor;
  }
}

/** An account's proof, and its charges with all their lines. */
async function readAccount(ask, accountId) {
  const query = await document("VerifyBilling");
  const ids = [];
  let proof;
  for (let after = null; ; ) {
    const { billing } = await ask(query, { accountId, after });
    if (!billing) throw new Unreadable(`there is no account ${accountId}, or this token may not see it`);
    ids.push(...billing.charges.nodes.map((charge) => charge.id));
    if (!billing.charges.pageInfo.hasNextPage) {
      proof = billing.proof;
      break;
    }
    after = billing.charges.pageInfo.endCursor;
  }
  const charges = [];
  for (const id of ids) charges.push(await readCharge(ask, id));
  return { proof, charges };
}

/** Whether an object stands as it was read: else what differs may be what has happened since. */
async function stands(ask, { account, charge }, read) {
  if (charge) {
    const { charge: now } = await ask(await document("VerifyCharge"), { id: charge, after: null });
    return now.digest === read.charges[0].digest && now.status === read.charges[0].status;
  }
  const { billing } = await ask(await document("VerifyBilling"), { accountId: account, after: null });
  return JSON.stringify(billing.proof) === JSON.stringify(read.proof);
}

async function verified(ask, wanted) {
  for (let tries = 1; ; tries++) {
    const read = wanted.charge
      ? { charges: [await readCharge(ask, wanted.charge)] }
      : await readAccount(ask, wanted.account);
    const found = read.charges.map((charge) => ({ charge, wrong: differences(charge) }));
    const ofAll = read.proof ? differencesOfAll(read.proof, read.charges) : [];
    const agrees = ofAll.length === 0 && found.every(({ wrong }) => wrong.length === 0);
    if (agrees || tries === TRIES || (await stands(ask, wanted, read))) return { read, found, ofAll, agrees };
  }
}

function print({ read, found, ofAll }) {
  for (const { charge, wrong } of found) {
    const clicks = `${charge.lines.length} clicks, ${charge.amount.micros} micros ${charge.amount.currency}`;
    console.log(`${charge.id} ${charge.status}: ${wrong.length ? `DIFFERENT: ${wrong[0]}` : `ok, ${clicks}`}`);
  }
  if (read.proof) console.log(`account: ${ofAll.length ? `DIFFERENT: ${ofAll[0]}` : `ok, ${read.proof.validClicks} valid clicks`}`);
}

function wanted() {
  const text = { type: "string" };
  const { values } = parseArgs({ options: { url: text, account: text, charge: text } });
  if (!values.url || !URL.canParse(values.url) || !values.account === !values.charge || !process.env.ENDCAP_TOKEN) {
    throw new Unreadable(USAGE);
  }
  return values;
}

async function main() {
  try {
    const asked = wanted();
    const result = await verified(client(asked.url, process.env.ENDCAP_TOKEN), asked);
    print(result);
    return result.agrees ? OK : DIFFERENT;
  } catch (fault) {
    if (!(fault instanceof Unreadable) && !String(fault.code).startsWith("ERR_PARSE_ARGS")) throw fault;
    console.error(fault instanceof Unreadable ? fault.message : `${fault.message}\n${USAGE}`);
    return UNREADABLE;
  }
}

process.exitCode = await main();
