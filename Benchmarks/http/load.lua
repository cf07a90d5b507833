-- The requests of one benchmark, for wrk: `wrk … -s load.lua URL -- KIND FILE TOKEN RUN`.
--
-- KIND get: FILE has one path a line, asked for in turn. KIND create: FILE has an article a line, as its id, the SHA-256
-- of its text and the text, with tabs between; each request annotates another place, whatever RUN came before it.
-- At the end one line of JSON on standard output.

local threads = 0

function setup(thread)
  thread:set("place", threads)
  threads = threads + 1
end

function init(args)
  kind, token, run = args[1], args[3], tonumber(args[4])
  target = wrk.path
  lines, n = {}, 0
  for line in io.lines(args[2]) do lines[#lines + 1] = line end
  wrk.headers["Authorization"] = "Bearer " .. token
  if kind == "create" then
    wrk.headers["Content-Type"] = "application/json"
    for i, line in ipairs(lines) do
      local id, sha256, text = line:match("^(%S+)\t(%S+)\t(.*)$")
      lines[i] = { id = id, sha256 = sha256, text = text }
    end
  else
    -- Threads begin at different places.
    n = place * 7919
  end
end

local template = '{"article_id":"%s","label":"PER","layer":"own","anchor":{"article_version":"%s",' ..
  '"spans":[{"start":%d,"end":%d,"quote":"%s"}]}}'

function request()
  n = n + 1
  if kind == "get" then return wrk.format("GET", lines[n % #lines + 1]) end
  -- Two threads at most.
  local number = run * 400000 + 2 * n + place
  local article = lines[number % #lines + 1]
  local round = math.floor(number / #lines)
  local first, length = round % 2000, 3 + math.floor(round / 2000) % 900
  return wrk.format("POST", target, nil, template:format(
    article.id, article.sha256, first, first + length, article.text:sub(first + 1, first + length)))
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"microseconds":%d,"bytes":%d,"p50":%d,"p99":%d,"failed":%d}\n',
    summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
