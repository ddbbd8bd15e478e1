{
    for (i = 1; i <= NF; i++) {
        count[tolower($i)]++
        lines[tolower($i)] = lines[tolower($i)] " " NR
    }
    text = text substr($0, 1, 9)
}
END {
    for (word in count)
        if (split(lines[word], numbers, " ") > 3)
            often++
    gsub(/[aeiou]+/, "-", text)
    printf "%d words, %d often, %d letters\n", length(count), often, length(text)
}
