"""People's names from many countries, and addresses made from them."""

import random
import re
import unicodedata

FIRST = """
Aaliyah Adaeze Agnieszka Ahmed Aiko Alejandro Amara Amina Anders Aniela Anouk Aoife Arjun Astrid Ayşe Beatriz
Benoît Bilal Björn Camila Carlos Chiara Chidi Ciarán Daan Daniela Darya Deepika Dimitri Eduardo Eira Elena Elif
Emeka Emma Esra Fatima Femke Finn Freya Gabriel Giulia Goran Grace Hana Haruto Hassan Helena Hugo Ibrahim Ines
Ingrid Isabel Ivan Jamal Jana Jelena Jin Joana Jonas Joseph Kaito Kamala Karim Katarzyna Keiko Kofi Kwame Lars
Laura Leila Liam Linh Lucía Luka Maeve Malik Marco Maria Marta Mateo Mei Mikael Milan Mira Mohammed Nadia Naoko
Ngozi Nia Nikolai Noor Olga Oluwaseun Omar Paolo Petra Pilar Priya Rafael Rahul Renata Rohan Rosa Sakura Samira
Sanne Sara Sean Sofia Soren Suda Tamar Tariq Tatiana Thandiwe Theo Tomás Ursula Valentina Vikram Wanjiru Wei Yara
Yusuf Zainab Zofia
""".split()

LAST = """
Abbas Abe Adeyemi Aguilar Ali Almeida Andersson Antonov Bakker Banerjee Barbosa Becker Bianchi Boateng Brandt Byrne
Castillo Chaudhry Chen Costa Cruz Dahl Danjuma Delgado Demir Diallo Dubois Eriksen Fernández Ferreira Fischer Fofana
Fraser Fujita García Georgiou Ghosh Haddad Hansen Hernández Hoffmann Horvat Hughes Ibrahim Ivanova Iyer Jansen
Jensen Jovanović Kamau Kapoor Kaya Keller Khan Kim Kowalski Kovács Kumar Laurent Lê Lindqvist Lopes Maeda Marino
Mbeki Mehta Mendoza Meyer Moreau Moreno Murphy Mwangi Nakamura Ndiaye Nguyen Nielsen Novák Nowak Nunes Nyström
Obi Okafor Okonkwo Oliveira Ortiz Osei Owusu Papadakis Park Patel Pereira Petrov Popescu Quinn Rahman Ramos Reyes
Richter Ricci Rossi Sánchez Santos Sato Schneider Sharma Silva Singh Sokolov Sørensen Suzuki Tan Tanaka Tremblay
Turan Van Dijk Vargas Vasquez Vermeulen Virtanen Walsh Weber Wójcik Wong Yamada Yılmaz Zhang Zimmermann
""".replace("Van Dijk", "Van_Dijk").split()


def draw_person(rng: random.Random) -> str:
    """A full name."""
    return f"{rng.choice(FIRST)} {rng.choice(LAST)}".replace("_", " ")


def make_email(name: str, rng: random.Random) -> str:
    """An address of a domain reserved for examples, made from a name."""
    plain = unicodedata.normalize("NFKD", name.replace("ø", "o").replace("ı", "i")).encode("ascii", "ignore")
    local = re.sub(r"[^a-z0-9]+", ".", plain.decode().lower()).strip(".")
    return f"{local}@example.{rng.choice(['com', 'net', 'org'])}"
