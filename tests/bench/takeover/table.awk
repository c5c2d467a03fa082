# One markdown table of the runs. Input, a line for each step:
# case tool direction void v4 v6 retransmits stall_us failed slow capped exit command_us sil4 sil6

function sort_values(n,    i, k, v)
{
	for (i = 2; i <= n; i++) {
		v = sorted[i]
		for (k = i - 1; k >= 1 && sorted[k] > v; k--)
			sorted[k + 1] = sorted[k]
		sorted[k + 1] = v
	}
}

function median_worst(key, field, unit,    i, n)
{
	n = count[key]
	for (i = 1; i <= n; i++)
		sorted[i] = value[key, i, field] / unit
	sort_values(n)
	return n ? sprintf(unit > 1 ? "%.1f / %.1f" : "%d / %d", sorted[int((n + 1) / 2)],
		sorted[n]) : "-"
}

function total(key, field,    i, sum)
{
	sum = 0
	for (i = 1; i <= count[key]; i++)
		sum += value[key, i, field]
	return sum
}

{
	key = $1 " " $2 " " $3
	if (!(key in voids)) {
		order[++keys] = key
		voids[key] = 0
		count[key] = 0
	}
	if ($4 == "true") {
		voids[key]++
		next
	}
	run = ++count[key]
	for (i = 5; i <= 15; i++)
		value[key, run, i] = $i
	if ($5 == 0 && $6 == 0 && $7 == 0 && $9 == 0 && $10 == 0 && $12 == 0)
		clean[key]++
	if ($12 != 0)
		errors[key]++
}

END {
	print "| case | tool | way | runs | IPv4 lost (median / worst) | IPv6 lost |" \
		" IPv4 silence ms | IPv6 silence ms | retransmits (all runs) | TCP stall ms |" \
		" failed / slow connections | command ms | clean | void | errors |"
	print "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|"
	for (k = 1; k <= keys; k++) {
		key = order[k]
		split(key, part, " ")
		printf "| %s | %s | %s | %d | %s | %s |", part[1], part[2], part[3], count[key],
			median_worst(key, 5, 1), median_worst(key, 6, 1)
		printf " %s | %s | %d | %s |", median_worst(key, 14, 1000),
			median_worst(key, 15, 1000), total(key, 7), median_worst(key, 8, 1000)
		printf " %d / %d | %s |", total(key, 9), total(key, 10), median_worst(key, 13, 1000)
		printf " %d of %d | %d | %d |\n", clean[key], count[key], voids[key], errors[key]
	}
}
