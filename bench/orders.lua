-- Places orders with wrk, each like the siege line of the fruit shop's report, and says what came
-- of them in one line of name=value, which `cargo xtask bench` reads. Times are microseconds.
--
-- By hand, from the root of the repository:
--   wrk -t1 -c64 -d10 -s bench/orders.lua http://127.0.0.1:8088/orders
-- Another body can be given; each # in it is a number of its own, so that it differs each time:
--   wrk … http://127.0.0.1:8088/orderManagements -- '{"orderNo":"#"}' 7000000

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Accept"] = "application/json, */*;q=0.5"
wrk.body = assert(io.open("bench/order.json")):read("*a")

function init(args)
  local body, number = args[1], tonumber(args[2] or 0)
  if not body then return end
  wrk.body = body
  if not body:find("#", 1, true) then return end
  request = function()
    number = number + 1
    return wrk.format(nil, nil, nil, (body:gsub("#", string.format("%d", number))))
  end
end

function done(summary, latency)
  local errors = summary.errors
  local said = {
    requests = summary.requests,
    micros = summary.duration,
    p50 = latency:percentile(50),
    p90 = latency:percentile(90),
    p99 = latency:percentile(99),
    max = latency.max,
    refused = errors.status,
    broken = errors.connect + errors.read + errors.write,
    timeouts = errors.timeout,
  }
  local words = {}
  for name, value in pairs(said) do
    words[#words + 1] = string.format("%s=%d", name, value)
  end
  print("load " .. table.concat(words, " "))
end
