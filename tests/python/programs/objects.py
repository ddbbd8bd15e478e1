"""Objects of classes, strings, tuples, dicts and lists: records are read, linked, grouped, sorted and summed up.

Usage: objects.py RECORDS"""
import sys


class Account:
    def __init__(self, name, town):
        self.name, self.town = name, town
        self.bookings = []
        self.tags = {'open'}

    def book(self, booking):
        self.bookings.append(booking)
        if booking.amount > 900:
            self.tags.add(f'large {booking.day % 7}')

    def balance(self):
        return sum(booking.amount for booking in self.bookings)


class Booking:
    def __init__(self, fields):
        self.day, self.amount, self.text = int(fields[1]), int(fields[2]), fields[3].strip()


def lines(count):
    state = 1
    for number in range(count):
        state = state * 1103515245 + 12345 & 0x7fffffff
        name, town = state % (count // 20 + 1), state % 17
        yield f'account{name}; {number % 365}; {state >> 8 & 1023}; entry {number} of town{town}'


def read(count):
    accounts = {}
    for line in lines(count):
        fields = line.split(';')
        name = fields[0]
        if name not in accounts:
            accounts[name] = Account(name, fields[3].rsplit(' ', 1)[1])
        accounts[name].book(Booking(fields))
    return accounts


def by_town(accounts):
    towns = {}
    for account in accounts.values():
        towns.setdefault(account.town, []).append((account.balance(), account.name))
    return {town: sorted(rows, reverse=True)[:10] for town, rows in sorted(towns.items())}


def words(accounts):
    counts = {}
    for account in accounts.values():
        for booking in account.bookings:
            for word in booking.text.split():
                counts[word] = counts.get(word, 0) + booking.amount
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:20]


def main():
    accounts = read(int(sys.argv[1]))
    towns = by_town(accounts)
    print(len(accounts), sum(rows[0][0] for rows in towns.values()), words(accounts)[0])


main()
