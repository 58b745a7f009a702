"""Names of many origins, with the plain letters that usernames are made of.

A household has one origin, which gives its surnames; children's given names come from the same origin or from the common ones. The lists are
short and our own: at the size of a district, collisions are as many as in life.
"""

import unicodedata
from functools import cache

import numpy as np
import polars as pl
from attrs import frozen

from oneroster_reconcile.samples.draws import Draws, Flags, Ints

__all__ = ["ORIGINS", "NameList", "Origin", "families", "given", "slug"]

_PLAIN = str.maketrans({"ø": "o", "æ": "ae", "ß": "ss", "ł": "l", "đ": "d", "ı": "i", "œ": "oe", "þ": "th", "ð": "d"})


@frozen(kw_only=True)
class Origin:
    """Where a family's names come from; `weight` is its share, `race` the demographics column that is most often true of it."""

    weight: float
    race: str
    families: str
    feminine: str
    masculine: str
    joined: str = "-"
    """What stands between two surnames."""


ORIGINS = (
    Origin(
        weight=30,
        race="white",
        families="Adams, Bennett, Brooks, Carter, Clarke, Cole, Cooper, Dalton, Ellis, Fletcher, Foster, Graham, Hale, Harper, "
        "Hayes, Hughes, Jennings, Keller, Lawson, Marsh, McAllister, McKenna, Mitchell, Morgan, Nash, O'Brien, O'Connor, "
        "Parker, Pearce, Quinn, Reed, Rhodes, Sawyer, Shaw, Sinclair, Spencer, St. John, Sutton, Thornton, Turner, "
        "Vance, Walsh, Warren, Webb, Whitaker, Wyatt",
        feminine="Abigail, Alice, Amelia, Anne-Marie, Audrey, Brooke, Caroline, Charlotte, Chloe, Claire, Eleanor, Emily, Evelyn, "
        "Grace, Hannah, Hazel, Julia, Katherine, Lillian, Lucy, Madeline, Mary Beth, Natalie, Olivia, Paige, Rachel, "
        "Rose, Ruby, Sarah, Violet",
        masculine="Aaron, Adam, Andrew, Benjamin, Blake, Caleb, Charles, Colin, Connor, Daniel, David, Dylan, Elliot, Ethan, Evan, "
        "Gavin, Henry, Isaac, Jack, James, John-Paul, Joseph, Lucas, Mason, Nathan, Owen, Peter, Ryan, Samuel, Thomas, "
        "William, Wesley",
    ),
    Origin(
        weight=24,
        race="hispanic_or_latino_ethnicity",
        joined=" ",
        families="Aguilar, Álvarez, Castillo, Chávez, Contreras, Cruz, de la Cruz, de León, del Río, Delgado, Díaz, Domínguez, "
        "Espinoza, Estrada, Fernández, Flores, García, Gómez, González, Guerrero, Gutiérrez, Hernández, Herrera, Ibáñez, "
        "Jiménez, Juárez, Lopez, López, Martínez, Medina, Mendoza, Morales, Muñoz, Núñez, Ochoa, Ortiz, Peña, Pérez, "
        "Ramírez, Reyes, Rodríguez, Rojas, Salazar, Sánchez, Torres, Vásquez, Villanueva, Zúñiga",
        feminine="Adriana, Alejandra, Ana Lucía, Araceli, Beatriz, Camila, Carmen, Daniela, Elena, Esperanza, Fernanda, Gabriela, "
        "Guadalupe, Inés, Isabel, Itzel, Jimena, Lucía, Luz, María José, Mariana, Paloma, Regina, Rocío, Sofía, Valeria, "
        "Ximena, Yolanda",
        masculine="Alejandro, Andrés, Ángel, César, Cristóbal, Diego, Eduardo, Emiliano, Ernesto, Esteban, Felipe, Fernando, "
        "Héctor, Ignacio, Iván, Javier, Jesús, Joaquín, Jorge, José Luis, Juan Carlos, Leonardo, Mateo, Óscar, Rafael, "
        "Raúl, Rubén, Santiago, Tomás",
    ),
    Origin(
        weight=12,
        race="black_or_african_american",
        families="Alexander, Banks, Battle, Booker, Bridges, Coleman, Dorsey, Douglas, Fields, Franklin, Gaines, Glover, Grant, "
        "Hampton, Holloway, Jefferson, Joyner, King, Langston, Lewis, Mosley, Payne, Pettway, Randolph, Robinson, "
        "Simmons, Tatum, Tubbs, Washington, Winfield",
        feminine="Aaliyah, Amari, Brianna, Ciara, Destiny, Ebony, Essence, Imani, Janelle, Jasmine, Keisha, Kennedy, Kiara, "
        "Latoya, Makayla, Monique, Naomi, Nia, Raven, Serenity, Shanice, Simone, Tamara, Tiana, Zariah, Zora",
        masculine="Amir, Andre, Antwan, Darius, DeAndre, DeShawn, Demetrius, Dominic, Elijah, Isaiah, Jalen, Jamal, Jaylen, "
        "Jordan, Josiah, Kareem, Kendrick, Khalil, Malik, Marcus, Marquis, Quincy, Reggie, Terrence, Trevon, Xavier",
    ),
    Origin(
        weight=6,
        race="white",
        families="Andersen, Baumgartner, Bergström, van den Berg, van der Linden, de Vries, Eriksson, Fischer, Günther, Hansen, "
        "Hoffmann, Jørgensen, Köhler, Kowalski, Lindqvist, Müller, Nygård, Øvergaard, Papadakis, Rossi, Schäfer, "
        "Schröder, Sørensen, Ståhl, von Hagen, Weiß, Wójcik, Zieliński",
        feminine="Annika, Astrid, Beatrix, Birgit, Elsa, Freya, Greta, Heidi, Ingrid, Johanna, Katarzyna, Liesel, Maja, "
        "Małgorzata, Nora, Saskia, Sigrid, Solveig, Tilda, Ulrike, Wilhelmina, Zofia",
        masculine="Anders, Björn, Dirk, Emil, Erik, Felix, Florian, Hannes, Henrik, Jürgen, Kasper, Klaus, Lars, Łukasz, Magnus, "
        "Matthias, Nils, Oskar, Paweł, Rasmus, Sebastian, Søren",
    ),
    Origin(
        weight=5,
        race="asian",
        families="Bai, Cao, Chan, Chen, Cheung, Deng, Feng, Guo, Han, Huang, Jiang, Kwok, Lau, Li, Liang, Lin, Liu, Lu, Luo, Ng, "
        "Ouyang, Shen, Sun, Tang, Wang, Wong, Wu, Xiao, Xu, Yang, Zhang, Zhao, Zhou",
        feminine="Ai-Ling, Fang, Hui, Hui-Min, Jia-Li, Jing, Lan, Lian, Mei, Mei-Lin, Min, Ning, Qing, Rui, Shu-Fen, Ting, Wen, "
        "Xin-Yi, Xiu, Yan, Ying, Yu-Ting, Zhen",
        masculine="Bo, Cheng, Da-Wei, Feng, Guang, Hao, Hong, Jian, Jie, Jun, Kai-Ming, Lei, Liang, Ming, Peng, Qiang, Tao, Wei, "
        "Xiang, Yong, Yu-Chen, Zhi-Hao, Zi-Han",
    ),
    Origin(
        weight=6,
        race="asian",
        families="Agarwal, Banerjee, Bhatt, Chakraborty, Chatterjee, Chaudhary, D'Souza, Desai, Dhillon, Gill, Gupta, Iyer, Jain, "
        "Joshi, Kapoor, Kaur, Khan, Krishnan, Kumar, Mehta, Menon, Mukherjee, Nair, Patel, Pillai, Rao, Reddy, Shah, "
        "Sharma, Singh, Srinivasan, Verma",
        feminine="Aadhya, Aditi, Ananya, Anjali, Deepa, Diya, Harpreet, Isha, Kavya, Lakshmi, Meera, Nandini, Neha, Nisha, Pooja, "
        "Priya, Radha, Riya, Saanvi, Shreya, Sunita, Tara, Vidya",
        masculine="Aarav, Aditya, Ajay, Amit, Anil, Arjun, Ashwin, Dev, Gurpreet, Hari, Ishaan, Karan, Krishna, Manoj, Nikhil, "
        "Pranav, Rahul, Rajesh, Rohan, Sanjay, Vihaan, Vikram, Vivek",
    ),
    Origin(
        weight=4,
        race="asian",
        families="Bùi, Cao, Đặng, Đinh, Đỗ, Dương, Hồ, Hoàng, Huỳnh, Lâm, Lê, Lương, Mai, Ngô, Nguyễn, Phạm, Phan, Quách, Tạ, Tô, "
        "Trần, Trịnh, Trương, Võ, Vũ",
        feminine="Ánh, Bích Ngọc, Châu, Diễm, Hà, Hạnh, Hoa, Hồng, Hương, Khánh Linh, Lan Anh, Loan, Mai, Minh Thư, Mỹ Linh, "
        "Ngọc, Phương, Quỳnh, Thảo, Thu, Trang, Tuyết, Vân",
        masculine="An, Bảo, Cường, Đạt, Đức, Dũng, Hải, Hiếu, Hùng, Huy, Khôi, Long, Minh, Nam, Phong, Phúc, Quang, Quốc, Sơn, "
        "Tài, Thắng, Tuấn, Việt",
    ),
    Origin(
        weight=3,
        race="asian",
        families="Ahn, Bae, Baek, Cha, Cho, Choi, Han, Hong, Hwang, Jang, Jeong, Joo, Kang, Kim, Kwon, Lee, Lim, Moon, Nam, Noh, "
        "Oh, Park, Ryu, Seo, Shin, Son, Song, Yoo, Yoon",
        feminine="Ara, Bo-Young, Chae-Won, Eun-Ji, Ga-Eun, Ha-Yoon, Hye-Jin, In-Young, Ji-Woo, Jin-Ah, Kyung-Mi, Min-Seo, "
        "Na-Yeon, Seo-Yeon, Seul-Gi, So-Hee, Soo-Ah, Su-Bin, Ye-Jin, Yoo-Na, Yu-Jin, Yuna",
        masculine="Chan-Woo, Do-Hyun, Dong-Ha, Eun-Woo, Geon, Ha-Joon, Hyun-Woo, In-Ho, Jae-Min, Ji-Ho, Jin-Woo, Joon, Jun-Seo, "
        "Kyung-Soo, Min-Jun, Sang-Hoon, Seo-Jun, Si-Woo, Sung-Min, Tae-Yang, Woo-Jin, Yong-Ho",
    ),
    Origin(
        weight=4,
        race="white",
        families="Abdallah, Abdel-Rahman, Al-Amin, al-Hassan, Al-Khatib, Amini, Aziz, Barakat, Demir, El-Sayed, Farouk, Ghorbani, "
        "Haddad, Hakimi, Hamdan, Hussein, Ibrahim, Karimi, Khoury, Mansour, Mustafa, Nasser, Öztürk, Rahimi, Saleh, "
        "Tehrani, Yıldız, Youssef",
        feminine="Aisha, Amira, Ayşe, Dalia, Elif, Farah, Fatima, Fatima Zahra, Habiba, Hala, Huda, Jamila, Khadija, Layla, "
        "Leila, Maryam, Nadia, Noor, Rania, Salma, Samira, Yasmin, Zahra, Zeynep",
        masculine="Abdul-Rahman, Adel, Ahmed, Ali, Amin, Bilal, Emre, Faisal, Hamza, Hassan, Ibrahim, Idris, Karim, Kemal, "
        "Mahmoud, Mehdi, Mohamed, Mohammed, Mustafa, Omar, Samir, Tariq, Yusuf, Zaid",
    ),
    Origin(
        weight=3,
        race="black_or_african_american",
        families="Abara, Abebe, Achebe, Adeyemi, Afolabi, Appiah, Asante, Balogun, Boateng, Chukwu, Danso, Diallo, Eze, Fofana, "
        "Gebremariam, Haile, Kamara, Keïta, Kone, Mensah, Mwangi, Ndiaye, Nwosu, Obi, Okafor, Okonkwo, Osei, Owusu, "
        "Sesay, Tesfaye, Traoré, Warsame",
        feminine="Abena, Adaeze, Adwoa, Akosua, Amina, Ayodele, Chiamaka, Chioma, Efua, Eniola, Fatou, Folasade, Hodan, Ifeoma, "
        "Makeda, Mariama, Ngozi, Nneka, Oluchi, Selam, Temitope, Wanjiru, Zainab",
        masculine="Abdi, Adebayo, Amadou, Babajide, Chidi, Chinedu, Ebo, Emeka, Femi, Ikenna, Kofi, Kwabena, Kwame, Mamadou, "
        "Nnamdi, Obinna, Olufemi, Oluwaseun, Ousmane, Sekou, Tunde, Yaw, Yohannes",
    ),
    Origin(
        weight=2,
        race="native_hawaiian_or_other_pacific_islander",
        families="Akana, Faleafine, Fonoti, Hale, Kahale, Kahananui, Kaleo, Kamaka, Kealoha, Keawe, Latu, Leota, Mahoe, Makoa, "
        "Nakoa, Palakiko, Sapolu, Taufa, Tavita, Tuiasosopo, Vea",
        feminine="Alamea, Anela, Fetu, Hina, Iolana, Kailani, Kalea, Keala, Lani, Leilani, Lupe, Mahina, Malia, Mele, Moana, "
        "Nalani, Noelani, Ofa, Pua, Sina, Talia, Tiare",
        masculine="Afa, Aleki, Ioane, Kahiau, Kai, Kaimana, Kalani, Kana, Keanu, Keoni, Koa, Lono, Makani, Mana, Nainoa, Noa, "
        "Paulo, Semisi, Sione, Tevita, Viliami, Vai",
    ),
    Origin(
        weight=1,
        race="american_indian_or_alaska_native",
        families="Begay, Benally, Bird, Chee, Cloud, Deer, Eagle, Fast Horse, Good Bear, Hawk, Littlejohn, Locklear, Long "
        "Soldier, Many Goats, Nez, Redbird, Runningwater, Tallchief, Tsosie, Two Bulls, Whitehorse, Yazzie, Yellowhair",
        feminine="Aiyana, Ama, Aponi, Catori, Chenoa, Dena, Elu, Halona, Kaya, Kimi, Lenna, Lomasi, Nita, Nizhoni, Orenda, "
        "Shania, Sihu, Takala, Tala, Wenona, Winona, Yamka",
        masculine="Ahanu, Ashkii, Bidzil, Chaska, Chayton, Dakota, Elan, Hania, Hok'ee, Honovi, Kele, Koda, Kuruk, Lonan, Mato, "
        "Mika, Nayati, Niyol, Ohanzee, Otaktay, Takoda, Tokala, Yuma",
    ),
)


def slug(name: str) -> str:
    """The plain lower-case letters of a name.

    >>> slug("Ana Lucía"), slug("O'Brien"), slug("Weiß"), slug("Đặng")
    ('analucia', 'obrien', 'weiss', 'dang')
    """
    folded = unicodedata.normalize("NFKD", name.lower().translate(_PLAIN))
    return "".join(letter for letter in folded if "a" <= letter <= "z")


@frozen(eq=False)
class NameList:
    """The names of all origins end to end; `starts` and `counts` say where an origin's are."""

    names: pl.Series
    slugs: pl.Series
    starts: Ints
    counts: Ints

    def of(self, origin: Ints, turn: Ints) -> Ints:
        """The positions of the names that stand `turn` places down the lists of these origins, which go round."""
        found: Ints = self.starts[origin] + turn % self.counts[origin]
        return found

    def drawn(self, draws: Draws, origin: Ints) -> Ints:
        """The positions of names drawn from the lists of these origins."""
        found: Ints = self.starts[origin] + draws.below(self.counts[origin], len(origin))
        return found


@cache
def families() -> NameList:
    """Surnames.

    >>> len(families().names) > 300
    True
    """
    return _listed([origin.families for origin in ORIGINS])


@cache
def femininely() -> NameList:
    """Given names of girls and women."""
    return _listed([origin.feminine for origin in ORIGINS])


@cache
def masculinely() -> NameList:
    """Given names of boys and men."""
    return _listed([origin.masculine for origin in ORIGINS])


def given(female: Flags, origin: Ints, turn: Ints) -> pl.DataFrame:
    """Given names with their plain letters, as `given_name, given_slug`."""
    feminine, masculine = femininely(), masculinely()
    names = pl.concat([feminine.names, masculine.names])
    slugs = pl.concat([feminine.slugs, masculine.slugs])
    chosen = np.where(female, feminine.of(origin, turn), masculine.of(origin, turn) + len(feminine.names))
    return pl.DataFrame({"given_name": names.gather(chosen), "given_slug": slugs.gather(chosen)})


def _listed(lists: list[str]) -> NameList:
    split = [[name.strip() for name in text.split(",")] for text in lists]
    counts = np.array([len(names) for names in split], dtype=np.int64)
    names = [name for names in split for name in names]
    return NameList(pl.Series(names), pl.Series([slug(name) for name in names]), np.cumsum(counts) - counts, counts)
